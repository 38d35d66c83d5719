package dev.rhizome.uring;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** A queue, and operations on it that wait for their result by the poll descriptor. */
final class QueueRig implements AutoCloseable {

    final DiskQueue queue;
    private final Poll poll = new Poll();
    private final Map<Long, Integer> results = new HashMap<>();
    private long lastToken;

    QueueRig(DiskQueue queue) {
        this.queue = queue;
    }

    static QueueRig open(boolean ioUring) throws IOException {
        return new QueueRig(DiskQueue.open(new DiskQueueOptions(1024, ioUring)));
    }

    int read(Disk disk, AlignedBuffer memory, int length, long offset) {
        queue.read(disk, ++lastToken, memory, 0, length, offset);
        return await(lastToken);
    }

    int write(Disk disk, AlignedBuffer memory, int length, long offset) {
        queue.write(disk, ++lastToken, memory, 0, length, offset, false);
        return await(lastToken);
    }

    int writeDurably(Disk disk, AlignedBuffer memory, int length, long offset) {
        queue.write(disk, ++lastToken, memory, 0, length, offset, true);
        return await(lastToken);
    }

    int flush(Disk disk) {
        queue.flush(disk, ++lastToken);
        return await(lastToken);
    }

    int trim(Disk disk, long offset, long length) {
        queue.trim(disk, ++lastToken, offset, length);
        return await(lastToken);
    }

    int zero(Disk disk, long offset, long length) {
        queue.zero(disk, ++lastToken, offset, length);
        return await(lastToken);
    }

    /** Submits, then waits for one operation. */
    int await(long token) {
        queue.submit();
        while (!results.containsKey(token)) {
            reap((finished, result) -> {});
        }
        return results.remove(token);
    }

    /** Submits, then waits until nothing is in flight. */
    void awaitAll(DiskCompletion handler) {
        queue.submit();
        while (queue.inFlight() > 0) {
            reap(handler);
        }
    }

    /** Waits for the poll descriptor, then reaps. */
    int reap(DiskCompletion handler) {
        if (!poll.untilReadable(queue.pollDescriptor())) {
            throw new AssertionError(
                    "nothing to reap for 30 s with " + queue.inFlight() + " in flight");
        }
        return queue.reap(
                (token, result) -> {
                    if (results.put(token, result) != null) {
                        throw new AssertionError(token + " completed twice");
                    }
                    handler.completed(token, result);
                });
    }

    boolean pollable() {
        return poll.isReadable(queue.pollDescriptor());
    }

    @Override
    public void close() {
        queue.close();
    }
}
