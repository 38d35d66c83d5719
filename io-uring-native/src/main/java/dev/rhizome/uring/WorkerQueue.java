package dev.rhizome.uring;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The queue on a few threads that make blocking calls, for machines that refuse io_uring. By the C
 * library's positioned calls and not by FileChannel, which hides the error number, opens a second
 * descriptor past our lock, and has no durable write of its own.
 */
final class WorkerQueue extends SlotQueue {

    private static final int THREADS = 8;

    private final String why;
    private final List<Operation> queued;
    // Neither can be full: both hold as many as there are slots.
    private final BlockingQueue<Operation> submitted;
    private final BlockingQueue<Operation> finished;
    private final List<Thread> threads = new ArrayList<>();

    WorkerQueue(int limit, String why, EventDescriptor event) {
        super(limit, event);
        this.why = why;
        queued = new ArrayList<>(limit);
        submitted = new ArrayBlockingQueue<>(limit);
        finished = new ArrayBlockingQueue<>(limit);
    }

    @Override
    void bind() {
        for (int index = 1; index <= Math.min(THREADS, limit()); index++) {
            Thread thread = new Thread(this::work, "rhizome-disk-" + index);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    @Override
    void enqueue(Operation operation) {
        queued.add(operation);
    }

    @Override
    void submitAll() {
        for (int index = 0; index < queued.size(); index++) {
            submitted.add(queued.get(index));
        }
        queued.clear();
    }

    @Override
    int deliverFinished(DiskCompletion handler) {
        event().clear();
        int count = 0;
        // What finishes while the handler runs is left for the next turn.
        for (int left = finished.size(); left > 0 && !isClosed(); left--) {
            Operation operation = finished.remove();
            deliver(operation, handler);
            count++;
        }
        return count;
    }

    @Override
    public String description() {
        return "worker-threads: " + why;
    }

    @Override
    void drainAndFree() {
        submitAll();
        boolean interrupted = false;
        while (inFlight() > 0) {
            try {
                deliver(finished.take(), DiskQueues.DROP);
            } catch (InterruptedException e) {
                // The kernel still has the caller's memory: finish first.
                interrupted = true;
            }
        }
        for (Thread thread : threads) {
            thread.interrupt();
        }
        for (Thread thread : threads) {
            interrupted |= joinUninterruptibly(thread);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private void work() {
        BlockingCalls calls = new BlockingCalls();
        while (true) {
            Operation operation;
            try {
                operation = submitted.take();
            } catch (InterruptedException e) {
                // Closed: nothing is in flight.
                return;
            }
            boolean done;
            do {
                done = operation.advance(calls.perform(operation));
            } while (!done);
            finished.add(operation);
            event().signal();
        }
    }
}
