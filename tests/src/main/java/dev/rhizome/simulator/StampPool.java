package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.PayloadPool;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Payloads whose content is one stamp per sector; 0 stands for a sector of zeroes. Counts what is
 * out, and notices a release too many.
 */
final class StampPool implements PayloadPool {
    private final int sectorBytes;
    private final long budgetBytes;
    private final boolean sameDigests;
    private long outBytes;
    private int outCount;

    StampPool(int sectorBytes, long budgetBytes) {
        this(sectorBytes, budgetBytes, false);
    }

    /**
     * @param sameDigests a planted bug: digests do not depend on what is there
     */
    StampPool(int sectorBytes, long budgetBytes, boolean sameDigests) {
        this.sameDigests = sameDigests;
        this.sectorBytes = sectorBytes;
        this.budgetBytes = budgetBytes;
    }

    /** Payloads that are not released yet. */
    int outCount() {
        return outCount;
    }

    @Override
    public @Nullable Payload acquire(int sizeBytes) {
        return outBytes + sizeBytes > budgetBytes ? null : take(sizeBytes);
    }

    /** Takes one even beyond the budget: what a shell has read already must go somewhere. */
    Stamps take(int sizeBytes) {
        outBytes += sizeBytes;
        outCount++;
        return new Stamps(sizeBytes);
    }

    /** One payload. */
    final class Stamps implements Payload {
        final long[] stamps;
        private final int sizeBytes;
        private int references = 1;

        private Stamps(int sizeBytes) {
            this.sizeBytes = sizeBytes;
            this.stamps = new long[sizeBytes / sectorBytes];
        }

        @Override
        public int sizeBytes() {
            return sizeBytes;
        }

        @Override
        public boolean allZero() {
            for (long stamp : stamps) {
                if (stamp != 0) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void digests(int blockBytes, ByteBuffer into) {
            require();
            int perBlock = blockBytes / sectorBytes;
            for (int first = 0; first < stamps.length; first += perBlock) {
                long one = 0x9E3779B97F4A7C15L;
                long two = 0xC2B2AE3D27D4EB4FL;
                for (int i = first; i < Math.min(first + perBlock, stamps.length); i++) {
                    if (sameDigests) {
                        continue;
                    }
                    one = (one ^ stamps[i]) * 0xFF51AFD7ED558CCDL;
                    one ^= one >>> 32;
                    two = Long.rotateLeft(two + stamps[i], 29) * 0xC4CEB9FE1A85EC53L;
                }
                into.putLong(one).putLong(two);
            }
        }

        @Override
        public void retain() {
            require();
            references++;
        }

        @Override
        public void release() {
            require();
            references--;
            if (references == 0) {
                outBytes -= sizeBytes;
                outCount--;
            }
        }

        /** A payload may only be touched while somebody holds it. */
        void require() {
            if (references <= 0) {
                throw new Violation("payload", "used after its last release");
            }
        }
    }
}
