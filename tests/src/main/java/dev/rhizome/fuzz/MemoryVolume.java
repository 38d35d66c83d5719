package dev.rhizome.fuzz;

import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.request.Volume;
import dev.rhizome.transport.NettyPayload;
import io.netty.channel.IoEventLoop;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A volume in memory, which fails whoever lets something through that it need not take. */
final class MemoryVolume implements Volume {
    private static final int SECTOR_BYTES = 512;

    /** One sector is bad, so that failures are met as well. */
    private static final int BAD_OFFSET = 40 * SECTOR_BYTES;

    private final IoEventLoop loop;
    private final byte[] bytes;

    /** Answers come after the call, not within it. */
    private boolean late;

    MemoryVolume(IoEventLoop loop, int sizeBytes) {
        this.loop = loop;
        bytes = new byte[sizeBytes];
    }

    void answerLate(boolean newLate) {
        late = newLate;
    }

    @Override
    public long sizeBytes() {
        return bytes.length;
    }

    @Override
    public int sectorBytes() {
        return SECTOR_BYTES;
    }

    @Override
    public boolean serving() {
        return true;
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
        boolean flush = operation == Operation.FLUSH;
        Target.require(
                flush == (lengthBytes == 0)
                        && ((offsetBytes | lengthBytes) & (SECTOR_BYTES - 1)) == 0
                        && offsetBytes >= 0
                        && offsetBytes + lengthBytes <= bytes.length,
                "the volume was asked for " + operation + " " + offsetBytes + "+" + lengthBytes);
        Runnable answer =
                () ->
                        answer(
                                operation,
                                (int) offsetBytes,
                                (int) lengthBytes,
                                (NettyPayload) payload,
                                completion,
                                token);
        if (late) {
            loop.execute(answer);
        } else {
            answer.run();
        }
    }

    private void answer(
            Operation operation,
            int offset,
            int length,
            @Nullable NettyPayload payload,
            Completion completion,
            long token) {
        boolean bad = offset <= BAD_OFFSET && BAD_OFFSET < offset + length;
        if (!bad) {
            apply(operation, offset, length, payload);
        }
        boolean returned = operation == Operation.READ && !bad;
        if (payload != null && !returned) {
            payload.release();
        }
        completion.complete(
                token, bad ? IoStatus.IO_ERROR : IoStatus.OK, returned ? payload : null);
    }

    private void apply(
            Operation operation, int offset, int length, @Nullable NettyPayload payload) {
        if (operation == Operation.TRIM || operation == Operation.ZERO) {
            Arrays.fill(bytes, offset, offset + length, (byte) 0);
        } else if (payload != null && operation == Operation.READ) {
            payload.window(0, length).put(bytes, offset, length);
        } else if (payload != null) {
            payload.window(0, length).get(bytes, offset, length);
        }
    }
}
