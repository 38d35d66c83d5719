package dev.rhizome.uring;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses between the two queues. */
final class DiskQueues {

    private static final Logger LOG = LoggerFactory.getLogger(DiskQueue.class);

    /** For completions that nobody waits for any more. */
    static final DiskCompletion DROP = (token, result) -> {};

    private DiskQueues() {}

    static DiskQueue open(DiskQueueOptions options) throws IOException {
        EventDescriptor event = new EventDescriptor();
        DiskQueue queue = choose(options, event);
        LOG.info("disk queue: {}, {} operations", queue.description(), queue.limit());
        return queue;
    }

    private static DiskQueue choose(DiskQueueOptions options, EventDescriptor event) {
        if (!options.ioUring()) {
            return new WorkerQueue(options.limit(), "io_uring is switched off", event);
        }
        try {
            return UringQueue.open(options.limit(), event);
        } catch (IoUringRefusedException e) {
            return new WorkerQueue(options.limit(), String.valueOf(e.getMessage()), event);
        }
    }
}
