package dev.rhizome.device.fuse;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.device.DeviceErrors;
import dev.rhizome.device.DeviceLoop;
import dev.rhizome.device.DevicePayload;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.linux.Errno;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file system of one file, whose content is the volume. Takes the kernel's requests from
 * /dev/fuse and answers them, all on the event loop.
 *
 * <p>The data of a WRITE arrives with its header, so memory for the largest must be there before a
 * request is read: the landing. A large write takes its landing along to the volume; a small one is
 * copied out, so that it does not hold memory that it does not use.
 */
final class FuseConnection implements Completion {

    /** The most bytes of one READ or WRITE. The kernel splits what is larger. */
    static final int MAX_TRANSFER_BYTES = Math.min(256 * 1024, Limits.MAX_REQUEST_BYTES);

    /** Up to here a write is copied out of its landing. */
    private static final int COPY_LIMIT_BYTES = 64 * 1024;

    /** Requests that are taken in one turn of the loop. */
    private static final int TURN_REQUESTS = 64;

    /** Slots beyond those for data, for the kernel's few other requests to the volume. */
    private static final int OTHER_REQUESTS = 64;

    private static final int ENOENT = 2;
    private static final int ENODEV = 19;

    private final DeviceVolume device;
    private final DeviceLoop loop;
    private final FuseInput input;
    private final FuseAnswers answers;
    private final FuseFile file;
    private final FuseRequest[] requests;
    private final int[] free;
    private int freeCount;
    private final Runnable drain = this::drain;
    private final Runnable memoryIsBack = this::onMemory;
    private @Nullable DevicePayload landing;
    private @Nullable FuseRequest withoutMemory;
    private boolean waitsForMemory;
    private boolean waitsForSlot;
    private boolean closed;

    FuseConnection(int fd, String fileName, DeviceVolume device, DeviceLoop loop) {
        this.device = device;
        this.loop = loop;
        input = new FuseInput(fd);
        answers = new FuseAnswers(fd);
        file =
                new FuseFile(
                        fileName, () -> device.volume().sizeBytes(), device.maxRequests(), answers);
        requests = new FuseRequest[device.maxRequests() + OTHER_REQUESTS];
        free = new int[requests.length];
        for (int index = 0; index < requests.length; index++) {
            requests[index] = new FuseRequest(index);
            free[freeCount++] = index;
        }
    }

    // ---- requests

    /** Takes what the kernel asks for, as far as there is room, and not for ever. */
    void drain() {
        for (int taken = 0; taken < TURN_REQUESTS; taken++) {
            DevicePayload target = room();
            if (target == null) {
                return;
            }
            int lengthBytes = input.read(target.memory().address(), MAX_TRANSFER_BYTES);
            if (lengthBytes == -Errno.EAGAIN) {
                return;
            }
            if (lengthBytes == -ENODEV) {
                loop.failed("the kernel has ended the FUSE connection");
                return;
            }
            // ENOENT: a request was withdrawn just now.
            if (lengthBytes < 0 && lengthBytes != -Errno.EINTR && lengthBytes != -ENOENT) {
                loop.failed("/dev/fuse cannot be read: " + Errno.text(lengthBytes));
                return;
            }
            if (lengthBytes >= FuseMessage.REQUEST_HEADER_BYTES) {
                take(target);
            }
        }
        loop.execute(drain);
    }

    /** Where the next request's data may land; null if it is not to be read yet. */
    private @Nullable DevicePayload room() {
        if (closed || withoutMemory != null) {
            return null;
        }
        if (freeCount == 0) {
            waitsForSlot = true;
            return null;
        }
        if (landing == null) {
            landing = memory(MAX_TRANSFER_BYTES);
        }
        return landing;
    }

    private @Nullable DevicePayload memory(int sizeBytes) {
        DevicePayload payload = device.memory().acquire(sizeBytes);
        if (payload == null && !waitsForMemory) {
            waitsForMemory = true;
            device.memory().whenAvailable(memoryIsBack);
        }
        return payload;
    }

    private void onMemory() {
        waitsForMemory = false;
        loop.execute(drain);
        FuseRequest waiting = withoutMemory;
        if (waiting != null && !closed) {
            withoutMemory = null;
            read(waiting);
        }
    }

    private void take(DevicePayload target) {
        switch (input.opcode()) {
            case FuseMessage.READ, FuseMessage.WRITE -> transfer(target);
            case FuseMessage.FSYNC -> {
                FuseRequest request = take(Operation.FLUSH, 0, 0);
                submit(request, 0, null);
            }
            case FuseMessage.FALLOCATE -> allocate();
            default -> file.answer(input);
        }
    }

    private FuseRequest take(Operation operation, long offsetBytes, long lengthBytes) {
        FuseRequest request = requests[free[--freeCount]];
        request.start(input.unique(), operation, offsetBytes, lengthBytes);
        return request;
    }

    private void transfer(DevicePayload target) {
        long offsetBytes = input.offsetBytes();
        long lengthBytes = input.transferBytes();
        if (!allowed(offsetBytes, lengthBytes) || lengthBytes > MAX_TRANSFER_BYTES) {
            answers.failed(input.unique(), Errno.EINVAL);
        } else if (input.opcode() == FuseMessage.READ) {
            read(take(Operation.READ, offsetBytes, lengthBytes));
        } else {
            FuseRequest request = take(Operation.WRITE, offsetBytes, lengthBytes);
            submit(request, lengthBytes, dataOf(target, (int) lengthBytes));
        }
    }

    private boolean allowed(long offsetBytes, long lengthBytes) {
        long sizeBytes = device.volume().sizeBytes();
        long unaligned = (offsetBytes | lengthBytes) & (device.volume().sectorBytes() - 1);
        return unaligned == 0
                && offsetBytes >= 0
                && lengthBytes > 0
                && lengthBytes <= sizeBytes
                && offsetBytes <= sizeBytes - lengthBytes;
    }

    private void read(FuseRequest request) {
        DevicePayload payload = memory((int) request.lengthBytes);
        if (payload == null) {
            withoutMemory = request;
        } else {
            submit(request, request.lengthBytes, payload);
        }
    }

    private DevicePayload dataOf(DevicePayload landed, int lengthBytes) {
        DevicePayload copy =
                lengthBytes <= COPY_LIMIT_BYTES ? device.memory().acquire(lengthBytes) : null;
        if (copy == null) {
            landing = null;
            landed.shorten(lengthBytes);
            return landed;
        }
        copy.memory().buffer().put(0, landed.memory().buffer(), 0, lengthBytes);
        return copy;
    }

    private void allocate() {
        long offsetBytes = input.offsetBytes();
        long lengthBytes = input.rangeBytes();
        int mode = input.allocationMode();
        Operation operation =
                switch (mode & ~FuseMessage.KEEP_SIZE) {
                    case FuseMessage.PUNCH_HOLE -> Operation.TRIM;
                    case FuseMessage.ZERO_RANGE -> Operation.ZERO;
                    default -> Operation.FLUSH;
                };
        if (operation == Operation.FLUSH) {
            answers.failed(input.unique(), Errno.EOPNOTSUPP);
        } else if (!allowed(offsetBytes, lengthBytes)) {
            answers.failed(input.unique(), Errno.EINVAL);
        } else {
            FuseRequest request = take(operation, offsetBytes, lengthBytes);
            submit(request, request.nextPartBytes(), null);
        }
    }

    private void submit(FuseRequest request, long lengthBytes, @Nullable Payload payload) {
        long offsetBytes = request.offsetBytes + request.askedBytes;
        request.askedBytes += lengthBytes;
        device.volume()
                .submit(
                        request.operation,
                        false,
                        offsetBytes,
                        lengthBytes,
                        payload,
                        this,
                        request.index);
    }

    // ---- answers

    @Override
    public void complete(long token, IoStatus status, @Nullable Payload payload) {
        FuseRequest request = requests[(int) token];
        if (!closed && status == IoStatus.OK && !request.allAsked()) {
            submit(request, request.nextPartBytes(), null);
            return;
        }
        if (!closed) {
            answer(request, status, payload);
        }
        if (payload != null) {
            payload.release();
        }
        free[freeCount++] = request.index;
        if (waitsForSlot) {
            waitsForSlot = false;
            loop.execute(drain);
        }
    }

    /** An answer that the kernel does not take belongs to a request that it has given up. */
    private void answer(FuseRequest request, IoStatus status, @Nullable Payload payload) {
        if (status != IoStatus.OK) {
            answers.failed(request.unique, DeviceErrors.errno(status));
        } else if (request.operation == Operation.READ) {
            answers.data(request.unique, (DevicePayload) Objects.requireNonNull(payload));
        } else if (request.operation == Operation.WRITE) {
            answers.written(request.unique, (int) request.lengthBytes);
        } else {
            answers.done(request.unique, 0);
        }
    }

    /** Takes and answers nothing any more. */
    void close() {
        closed = true;
        withoutMemory = null;
        if (landing != null) {
            landing.release();
            landing = null;
        }
    }
}
