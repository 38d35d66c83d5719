package dev.rhizome.uring;

import java.lang.management.ManagementFactory;

/** Measures what a thread takes from the heap. */
public final class Allocation {

    /** What the JVM itself may allocate on the thread meanwhile, whatever the number of rounds. */
    public static final long NOISE_BYTES = 64 * 1024;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /** The bytes that the rounds allocate on this thread, after a quarter as many to warm up. */
    public static long during(int rounds, Runnable round) {
        for (int index = 0; index < rounds / 4; index++) {
            round.run();
        }
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        for (int index = 0; index < rounds; index++) {
            round.run();
        }
        return THREADS.getThreadAllocatedBytes(thread) - before;
    }
}
