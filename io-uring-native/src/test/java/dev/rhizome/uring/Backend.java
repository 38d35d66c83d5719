package dev.rhizome.uring;

import java.io.IOException;

/** The queues that the contract is tested on. */
enum Backend {
    /** The ring as a recent kernel makes it. */
    RING(RingSetup.DEFERRED),
    /** The ring as a kernel before 6.1 makes it. */
    COOPERATIVE_RING(RingSetup.COOPERATIVE),
    /** The ring as a kernel before 5.19 makes it. */
    PLAIN_RING(RingSetup.PLAIN),
    /** Worker threads. */
    THREADS(-1);

    private final int flags;

    Backend(int flags) {
        this.flags = flags;
    }

    /** Opens a queue, or skips the test. */
    DiskQueue open(int limit) throws IOException {
        if (this == THREADS) {
            return DiskQueue.open(new DiskQueueOptions(limit, false));
        }
        EventDescriptor event = new EventDescriptor();
        try {
            return UringQueue.open(limit, event, flags);
        } catch (IoUringRefusedException e) {
            event.close();
            Place.skipUnless(false, this + ": " + e.getMessage());
            throw new AssertionError(e);
        }
    }
}
