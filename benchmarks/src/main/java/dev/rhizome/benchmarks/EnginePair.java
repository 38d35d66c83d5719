package dev.rhizome.benchmarks;

import dev.rhizome.core.Payload;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Two engines joined by two queues of encoded frames; their disks do everything at once. */
final class EnginePair implements Completion {
    private static final int WRITE_BYTES = 4096;
    private static final long BLOCKS = 4096;
    private static final Payload DATA = new FixedPayload();

    private final EngineShell alpha = new EngineShell("alpha", "beta");
    private final EngineShell beta = new EngineShell("beta", "alpha");
    private long clockNs;
    private long block;
    private long completed;

    /** Handshake, forced promotion, initial sync. */
    void connect() {
        alpha.replica().start(clockNs);
        beta.replica().start(clockNs);
        alpha.replica().command(clockNs, 0, CommandKind.PROMOTE_FORCE);
        settle();
        alpha.replica().linkUp(clockNs);
        beta.replica().linkUp(clockNs);
        settle();
        if (beta.replica().state().disk() != DiskState.UP_TO_DATE) {
            throw new IllegalStateException("the pair did not get in step");
        }
    }

    /** Does so many writes, so many at once, and answers how many have been acknowledged ever. */
    long write(int count, int depth) {
        for (int done = 0; done < count; done += depth) {
            for (int i = 0; i < depth; i++) {
                clockNs += 1000;
                block = (block + 7) % BLOCKS;
                alpha.replica()
                        .submit(
                                clockNs,
                                Operation.WRITE,
                                false,
                                block * WRITE_BYTES,
                                WRITE_BYTES,
                                DATA,
                                this,
                                i);
            }
            settle();
        }
        return completed;
    }

    @Override
    public void complete(long token, IoStatus status, @Nullable Payload payload) {
        if (status != IoStatus.OK) {
            throw new IllegalStateException("a write failed: " + status);
        }
        completed++;
    }

    private void settle() {
        int moved;
        do {
            moved = alpha.deliverDisk(clockNs) + beta.deliverDisk(clockNs);
            moved += alpha.deliverFrames(beta, clockNs) + beta.deliverFrames(alpha, clockNs);
            moved += alpha.deliverCompletions();
        } while (moved > 0);
    }

    /** Bytes that nobody looks at. */
    private static final class FixedPayload implements Payload {
        @Override
        public int sizeBytes() {
            return WRITE_BYTES;
        }

        @Override
        public boolean allZero() {
            return false;
        }

        @Override
        public void digests(int blockBytes, ByteBuffer into) {
            throw new UnsupportedOperationException("nothing is checked here");
        }

        @Override
        public void retain() {}

        @Override
        public void release() {}
    }
}
