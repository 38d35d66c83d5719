package dev.rhizome.uring;

import dev.rhizome.linux.LibC;

/**
 * The queue on io_uring.
 *
 * <p>Completions are deferred to the owner's own visits to the kernel, which is the fastest way. A
 * poll on the ring's descriptor then sleeps through them (measured on Linux 6.18: only work already
 * posted wakes it), so the poll descriptor is an eventfd registered with the ring.
 */
final class UringQueue extends SlotQueue {

    private static final int NOP = 0;
    private static final int FSYNC = 3;
    private static final int FALLOCATE = 17;
    private static final int READ = 22;
    private static final int WRITE = 23;
    private static final int FSYNC_DATASYNC = 1;

    private final Ring ring;
    private boolean continued;

    private UringQueue(int limit, Ring ring, EventDescriptor event) {
        super(limit, event);
        this.ring = ring;
    }

    static UringQueue open(int limit, EventDescriptor event) throws IoUringRefusedException {
        return open(limit, event, RingSetup.DEFERRED, RingSetup.COOPERATIVE, RingSetup.PLAIN);
    }

    static UringQueue open(int limit, EventDescriptor event, int... choices)
            throws IoUringRefusedException {
        // Every slot has at most one entry out, so neither ring can overflow.
        int entries = limit == 1 ? 1 : Integer.highestOneBit(limit - 1) << 1;
        int[] opcodes = {NOP, FSYNC, FALLOCATE, READ, WRITE};
        Ring ring = RingSetup.open(entries, event.fd(), opcodes, choices);
        if (ring.completionEntries() < limit) {
            ring.close();
            throw new IoUringRefusedException(
                    "it gave " + ring.completionEntries() + " completion entries for " + limit);
        }
        return new UringQueue(limit, ring, event);
    }

    /** For tests. */
    Ring ring() {
        return ring;
    }

    @Override
    void bind() {
        ring.enable();
    }

    @Override
    void enqueue(Operation operation) {
        long id = operation.index();
        int fd = operation.fd();
        switch (operation.call()) {
            case READ -> push(READ, operation, 0);
            case WRITE -> push(WRITE, operation, operation.durable() ? LibC.RWF_DSYNC : 0);
            case WRITE_ZEROES -> push(WRITE, operation, 0);
            case SYNC -> ring.push(FSYNC, fd, 0, 0, 0, FSYNC_DATASYNC, id);
            case PUNCH_HOLE -> allocate(operation, LibC.FALLOC_FL_PUNCH_HOLE);
            case ZERO_RANGE -> allocate(operation, LibC.FALLOC_FL_ZERO_RANGE);
            case REFUSE -> ring.push(NOP, -1, 0, 0, 0, 0, id);
        }
        if (operation.blocksSubmission()) {
            ring.doElsewhere();
        }
    }

    private void push(int opcode, Operation operation, int flags) {
        ring.push(
                opcode,
                operation.fd(),
                operation.callOffset(),
                operation.callAddress(),
                (int) operation.callLength(),
                flags,
                operation.index());
    }

    private void allocate(Operation operation, int mode) {
        // This operation has its length in the address field and its mode in the length field.
        ring.push(
                FALLOCATE,
                operation.fd(),
                operation.callOffset(),
                operation.callLength(),
                mode | LibC.FALLOC_FL_KEEP_SIZE,
                0,
                operation.index());
    }

    @Override
    int deliverFinished(DiskCompletion handler) {
        ring.collectPending(event());
        int count = takeCompletions(handler);
        // Only now, so that an operation of many steps cannot keep the owner here.
        if (continued && !isClosed()) {
            continued = false;
            submitAll();
        }
        return count;
    }

    @Override
    public String description() {
        return "io_uring";
    }

    @Override
    void drainAndFree() {
        if (inFlight() > 0) {
            submitAll();
        }
        while (inFlight() > 0) {
            ring.collect(1);
            while (ring.hasCompletion()) {
                takeCompletion(DiskQueues.DROP);
            }
            submitAll();
        }
        ring.close();
    }

    private int takeCompletions(DiskCompletion handler) {
        int count = 0;
        while (!isClosed() && ring.hasCompletion()) {
            count += takeCompletion(handler);
        }
        return count;
    }

    /** Takes one completion; 1 if that finished its operation. */
    private int takeCompletion(DiskCompletion handler) {
        Operation operation = operation((int) ring.completionUserData());
        int result = ring.completionResult();
        ring.popCompletion();
        if (operation.advance(result)) {
            deliver(operation, handler);
            return 1;
        }
        enqueue(operation);
        continued = true;
        return 0;
    }

    @Override
    void submitAll() {
        ring.submit();
    }
}
