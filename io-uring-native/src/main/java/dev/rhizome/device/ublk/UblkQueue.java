package dev.rhizome.device.ublk;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.device.DeviceErrors;
import dev.rhizome.device.DevicePayload;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.linux.Errno;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a device between the driver and the volume, on the event loop. Each tag is a
 * place for one request, which goes around:
 *
 * <pre>
 *   OFFERED ------ a read, flush, discard or write of zeroes ------> IN_VOLUME
 *      ^  \------- a write -------------------------> GETTING_DATA ---------^ |
 *      |                                                                    |
 *      +------------------------------- answered ---------------------------+
 * </pre>
 *
 * <p>A read and a write wait for memory before IN_VOLUME and GETTING_DATA. A tag that the driver
 * takes back is ENDED.
 *
 * <p>The driver describes each tag's request in 24 bytes that it shares with us:
 *
 * <pre>
 *    0  4  operation in the low 8 bits, flags above
 *    4  4  sectors of 512 bytes
 *    8  8  first sector
 *   16  8  address of the data, as we gave it
 * </pre>
 */
final class UblkQueue implements Completion {

    static final int DESCRIPTOR_BYTES = 24;

    static final int RESULT_REQUEST = 0;
    static final int RESULT_GET_DATA = 1;

    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int FLUSH = 2;
    private static final int DISCARD = 3;
    private static final int WRITE_ZEROES = 5;
    private static final int OPERATION_MASK = 0xff;
    private static final int FLAG_FUA = 1 << 13;

    private static final int MAX_REQUEST_SECTORS =
            Limits.MAX_REQUEST_BYTES >> UblkParameters.SECTOR_SHIFT;

    private static final byte OFFERED = 0;
    private static final byte GETTING_DATA = 1;
    private static final byte WAITS_FOR_MEMORY = 2;
    private static final byte IN_VOLUME = 3;
    private static final byte ENDED = 4;

    private final DeviceVolume device;
    private final UblkRing ring;
    private final ByteBuffer descriptors;
    private final int depth;
    private final Runnable memoryIsBack;
    private final byte[] states;
    private final @Nullable DevicePayload[] payloads;
    // Tags whose answers are with the ring: what they read is given back after the next submit.
    private final int[] answered;
    private int answeredCount;
    // Tags that wait for memory, in order: a circle.
    private final int[] starved;
    private int starvedFirst;
    private int starvedCount;
    private boolean waiting;
    private int endedCount;
    private int failure;
    private boolean closed;
    // The driver wants an address with every answer to a read; it does not use this one.
    private final AlignedBuffer nothing = AlignedBuffer.allocate(1);

    /**
     * @param descriptors the driver's, in the machine's byte order
     * @param depth how many tags there are
     * @param wake has {@link #resume} called on the loop, as the beginning of a batch
     */
    UblkQueue(
            DeviceVolume device, UblkRing ring, ByteBuffer descriptors, int depth, Runnable wake) {
        this.device = device;
        this.ring = ring;
        this.descriptors = descriptors;
        this.depth = depth;
        memoryIsBack =
                () -> {
                    waiting = false;
                    wake.run();
                };
        states = new byte[depth];
        payloads = new DevicePayload[depth];
        answered = new int[depth];
        starved = new int[depth];
    }

    /** Offers all tags to the driver. */
    void start() {
        for (int tag = 0; tag < depth; tag++) {
            ring.fetch(tag);
        }
    }

    /** Takes the driver's answer to a tag's command. */
    void onCompletion(int tag, int result) {
        if (result == RESULT_REQUEST) {
            begin(tag);
        } else if (result == RESULT_GET_DATA) {
            getData(tag);
        } else {
            end(tag, result);
        }
    }

    private void begin(int tag) {
        switch (operation(tag)) {
            case READ -> read(tag);
            case WRITE -> write(tag);
            case FLUSH -> submit(tag, Operation.FLUSH, 0, 0, null);
            case DISCARD -> submit(tag, Operation.TRIM, offset(tag), length(tag), null);
            case WRITE_ZEROES -> submit(tag, Operation.ZERO, offset(tag), length(tag), null);
            default -> answer(tag, -Errno.EOPNOTSUPP, 0);
        }
    }

    private void read(int tag) {
        if (!sizeIsServed(tag)) {
            answer(tag, -Errno.EINVAL, nothing.address());
            return;
        }
        DevicePayload payload = memory(tag);
        if (payload != null) {
            submit(tag, Operation.READ, offset(tag), payload.sizeBytes(), payload);
        }
    }

    private void getData(int tag) {
        if (operation(tag) != WRITE || !sizeIsServed(tag)) {
            // There is no way to refuse it here, and the kernel keeps the limit that it was given.
            failure = -Errno.EINVAL;
            return;
        }
        DevicePayload payload = memory(tag);
        if (payload != null) {
            states[tag] = GETTING_DATA;
            payloads[tag] = payload;
            ring.getData(tag, payload.memory().address());
        }
    }

    private void write(int tag) {
        DevicePayload payload = payloads[tag];
        payloads[tag] = null;
        if (payload == null) {
            answer(tag, -Errno.EIO, 0);
        } else if (length(tag) != payload.sizeBytes()) {
            // The kernel could not copy all, for want of memory. It asks again from the beginning.
            payload.release();
            answer(tag, 0, 0);
        } else {
            submit(tag, Operation.WRITE, offset(tag), payload.sizeBytes(), payload);
        }
    }

    private void submit(
            int tag,
            Operation operation,
            long offsetBytes,
            long lengthBytes,
            @Nullable DevicePayload payload) {
        boolean fua = operation.changes() && (flags(tag) & FLAG_FUA) != 0;
        states[tag] = IN_VOLUME;
        device.volume().submit(operation, fua, offsetBytes, lengthBytes, payload, this, tag);
    }

    @Override
    public void complete(long token, IoStatus status, @Nullable Payload payload) {
        int tag = (int) token;
        if (closed) {
            if (payload != null) {
                payload.release();
            }
        } else if (status != IoStatus.OK) {
            answer(tag, -DeviceErrors.errno(status), nothing.address());
        } else if (payload != null) {
            DevicePayload bytes = (DevicePayload) payload;
            payloads[tag] = bytes;
            answered[answeredCount] = tag;
            answeredCount++;
            answer(tag, bytes.sizeBytes(), bytes.memory().address());
        } else {
            boolean carriedData = operation(tag) == WRITE;
            answer(tag, carriedData ? (int) length(tag) : 0, 0);
        }
    }

    private void answer(int tag, int result, long address) {
        states[tag] = OFFERED;
        ring.commit(tag, result, address);
    }

    /** Gives the answers to the driver; it has copied what was read when it has taken them. */
    void flush() {
        ring.submit();
        for (int index = 0; index < answeredCount; index++) {
            release(answered[index]);
        }
        answeredCount = 0;
    }

    /** Memory for a tag, or null: then it waits. */
    private @Nullable DevicePayload memory(int tag) {
        boolean newcomer = states[tag] != WAITS_FOR_MEMORY;
        if (newcomer && starvedCount > 0) {
            // Those that wait are first, and they will be woken, or have just been.
            starve(tag);
            return null;
        }
        DevicePayload payload = device.memory().acquire((int) length(tag));
        if (payload == null && newcomer) {
            starve(tag);
        }
        if (payload == null && !waiting) {
            waiting = true;
            device.memory().whenAvailable(memoryIsBack);
        }
        return payload;
    }

    private void starve(int tag) {
        states[tag] = WAITS_FOR_MEMORY;
        starved[(starvedFirst + starvedCount) % depth] = tag;
        starvedCount++;
    }

    /** Goes on with requests that waited for memory. */
    void resume() {
        while (starvedCount > 0 && !waiting) {
            int tag = starved[starvedFirst];
            if (operation(tag) == WRITE) {
                getData(tag);
            } else {
                read(tag);
            }
            if (states[tag] == WAITS_FOR_MEMORY) {
                return;
            }
            starvedFirst = (starvedFirst + 1) % depth;
            starvedCount--;
        }
    }

    /** The driver has taken a tag back: the device is stopped, or it refuses the command. */
    private void end(int tag, int result) {
        release(tag);
        states[tag] = ENDED;
        endedCount++;
        if (result != -Errno.ENODEV && failure == 0) {
            failure = result;
        }
    }

    private void release(int tag) {
        DevicePayload payload = payloads[tag];
        payloads[tag] = null;
        if (payload != null) {
            payload.release();
        }
    }

    /** Whether the driver has taken all tags back: it does not touch our memory any more. */
    boolean ended() {
        return endedCount == depth;
    }

    /** The error, negative, that the driver and we have come to; 0 if there is none. */
    int failure() {
        return failure;
    }

    /**
     * Drops everything; the ring must have been told everything. Memory that the driver may still
     * write to is not given back.
     */
    void close() {
        closed = true;
        for (int tag = 0; tag < depth; tag++) {
            if (states[tag] != GETTING_DATA) {
                release(tag);
            }
        }
        starvedCount = 0;
    }

    private boolean sizeIsServed(int tag) {
        int sectors = descriptors.getInt(at(tag) + 4);
        return sectors > 0 && sectors <= MAX_REQUEST_SECTORS;
    }

    private int operation(int tag) {
        return descriptors.getInt(at(tag)) & OPERATION_MASK;
    }

    private int flags(int tag) {
        return descriptors.getInt(at(tag));
    }

    private long length(int tag) {
        return Integer.toUnsignedLong(descriptors.getInt(at(tag) + 4))
                << UblkParameters.SECTOR_SHIFT;
    }

    private long offset(int tag) {
        return descriptors.getLong(at(tag) + 8) << UblkParameters.SECTOR_SHIFT;
    }

    private static int at(int tag) {
        return tag * DESCRIPTOR_BYTES;
    }
}
