package dev.rhizome.device;

import dev.rhizome.uring.AlignedBuffer;
import dev.rhizome.uring.EventDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;

/** A small event loop: poll(2) on a few descriptors, on a thread of its own. */
final class PollLoop implements DeviceLoop, AutoCloseable {

    private static final short POLLIN = 1;
    private static final int POLL_BYTES = 8;
    private static final int MAX_DESCRIPTORS = 16;
    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

    private record Polled(int descriptor, Runnable whenReadable) {}

    private final AlignedBuffer memory = AlignedBuffer.allocate(POLL_BYTES * MAX_DESCRIPTORS);
    private final ByteBuffer polls = memory.buffer().order(ByteOrder.nativeOrder());
    private final EventDescriptor tasks = new EventDescriptor();
    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final List<Polled> polled = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "loop");
    private Runnable endOfBatch = () -> {};
    private volatile boolean stopped;

    /** Why the device failed, if it did. */
    volatile @Nullable String failure;

    PollLoop() throws IOException {
        thread.setDaemon(true);
    }

    /** Begins. */
    void start(Runnable whenABatchEnds) {
        endOfBatch = whenABatchEnds;
        thread.start();
    }

    @Override
    public void poll(int descriptor, Runnable whenReadable) {
        polled.add(new Polled(descriptor, whenReadable));
    }

    @Override
    public void unpoll() {
        polled.clear();
    }

    @Override
    public void execute(Runnable task) {
        queue.add(task);
        tasks.signal();
    }

    @Override
    public void failed(String reason) {
        failure = reason;
        System.out.println("FAILED: " + reason);
    }

    private void run() {
        while (!stopped) {
            List<Polled> now = List.copyOf(polled);
            entry(0, tasks.fd());
            for (int index = 0; index < now.size(); index++) {
                entry(index + 1, now.get(index).descriptor());
            }
            CALLS.poll(memory.address(), now.size() + 1, -1);
            if (ready(0)) {
                tasks.clear();
                runTasks();
            }
            for (int index = 0; index < now.size(); index++) {
                if (ready(index + 1) && polled.contains(now.get(index))) {
                    now.get(index).whenReadable().run();
                }
            }
            endOfBatch.run();
        }
    }

    private void runTasks() {
        Runnable task;
        while ((task = queue.poll()) != null) {
            task.run();
        }
    }

    private void entry(int index, int descriptor) {
        polls.putInt(index * POLL_BYTES, descriptor);
        polls.putInt(index * POLL_BYTES + 4, POLLIN);
    }

    private boolean ready(int index) {
        return polls.getShort(index * POLL_BYTES + 6) != 0;
    }

    @Override
    public void close() {
        execute(() -> stopped = true);
        try {
            thread.join(30_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tasks.close();
    }

    /** Public only because jnr-ffi implements it from another class loader. */
    public interface Calls {
        int poll(long descriptors, long count, int timeoutMs);
    }
}
