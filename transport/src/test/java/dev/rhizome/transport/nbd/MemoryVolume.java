package dev.rhizome.transport.nbd;

import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.request.Volume;
import dev.rhizome.transport.NettyPayload;
import io.netty.channel.IoEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A volume in memory that answers within the call, at the end of the turn, or when it is told. */
final class MemoryVolume implements Volume {
    enum Answers {
        AT_ONCE,
        SOON,
        WHEN_TOLD
    }

    /** What the volume was asked. */
    record Asked(Operation operation, boolean fua, long offsetBytes, long lengthBytes) {}

    private final IoEventLoop loop;
    private final byte[] bytes;

    /**
     * What a loss of power leaves: what was flushed, or written with FUA. Empty until asked for.
     */
    private byte[] durable = {};

    /** What clients are told of the size; they can use no more than there is memory for. */
    volatile long sizeBytes;

    private final List<Runnable> untold = new ArrayList<>();
    final List<Asked> asked = new ArrayList<>();
    volatile Answers answers = Answers.AT_ONCE;
    volatile boolean serving = true;

    /** What everything that touches this offset ends with. */
    long badOffsetBytes = -1;

    IoStatus badStatus = IoStatus.IO_ERROR;

    MemoryVolume(IoEventLoop loop, int sizeBytes) {
        this.loop = loop;
        bytes = new byte[sizeBytes];
        this.sizeBytes = sizeBytes;
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    /** From now on keeps what is durable apart; on the loop. */
    void separateDurable() {
        durable = bytes.clone();
    }

    byte[] durable() {
        return durable;
    }

    @Override
    public int sectorBytes() {
        return 512;
    }

    @Override
    public boolean serving() {
        return serving;
    }

    @Override
    public void submit(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {
        asked.add(new Asked(operation, fua, offsetBytes, lengthBytes));
        Runnable answer =
                () -> answer(operation, fua, offsetBytes, lengthBytes, payload, completion, token);
        switch (answers) {
            case AT_ONCE -> answer.run();
            case SOON -> loop.execute(answer);
            case WHEN_TOLD -> untold.add(answer);
        }
    }

    private void answer(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {
        IoStatus status = IoStatus.OK;
        if (badOffsetBytes >= offsetBytes && badOffsetBytes < offsetBytes + lengthBytes) {
            status = badStatus;
        } else {
            apply(operation, (int) offsetBytes, (int) lengthBytes, (NettyPayload) payload);
            if (fua && durable.length > 0) {
                System.arraycopy(
                        bytes, (int) offsetBytes, durable, (int) offsetBytes, (int) lengthBytes);
            }
        }
        boolean returned = operation == Operation.READ && status == IoStatus.OK;
        if (payload != null && !returned) {
            payload.release();
        }
        completion.complete(token, status, returned ? payload : null);
    }

    private void apply(
            Operation operation, int offset, int length, @Nullable NettyPayload payload) {
        switch (operation) {
            case READ -> {
                if (payload != null) {
                    ByteBuffer window = payload.window(0, length);
                    window.put(bytes, offset, length);
                }
            }
            case WRITE -> {
                if (payload != null) {
                    payload.window(0, length).get(bytes, offset, length);
                }
            }
            case TRIM, ZERO -> Arrays.fill(bytes, offset, offset + length, (byte) 0);
            case FLUSH -> System.arraycopy(bytes, 0, durable, 0, durable.length);
        }
    }

    /** How many requests wait for {@link #tell}. */
    int waiting() {
        return untold.size();
    }

    /** Answers all that waits; on the loop. */
    void tell() {
        List<Runnable> all = List.copyOf(untold);
        untold.clear();
        all.forEach(Runnable::run);
    }
}
