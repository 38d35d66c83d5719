package dev.rhizome.core.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BlockChecksTest {
    private final BlockChecks checks = new BlockChecks();

    /** One number stands for each block. */
    private static final class Numbers implements Payload {
        private final long[] blocks;

        Numbers(long... blocks) {
            this.blocks = blocks;
        }

        @Override
        public int sizeBytes() {
            return blocks.length * 4096;
        }

        @Override
        public boolean allZero() {
            return false;
        }

        @Override
        public void digests(int blockBytes, ByteBuffer into) {
            for (long block : blocks) {
                into.putLong(0).putLong(block);
            }
        }

        @Override
        public void retain() {}

        @Override
        public void release() {}
    }

    private static ByteBuffer digests(long... blocks) {
        ByteBuffer buffer = ByteBuffer.allocate(blocks.length * 16);
        new Numbers(blocks).digests(4096, buffer);
        return buffer.flip();
    }

    private static FrameHeader header(FrameType type, long slot, long offset, long length) {
        return new FrameHeader().set(type, 0, 0, slot << 32 | 7, offset, length, 0);
    }

    @Test
    void theMaskHasTheBlocksThatDiffer() {
        FrameHeader asked = header(FrameType.SYNC_CHECK, 3, 8192, 4 * 4096);
        assertThat(checks.keep(asked, digests(1, 2, 3, 4))).isNull();
        assertThat(checks.differing(asked.type(), asked.id(), new Numbers(1, 2, 3, 4))).isZero();
        assertThat(checks.differing(asked.type(), asked.id(), new Numbers(1, 9, 3, 9)))
                .isEqualTo(0b1010);
    }

    @Test
    void eachCheckUnderWayHasItsOwnDigests() {
        FrameHeader one = header(FrameType.SYNC_CHECK, 0, 0, 4096);
        FrameHeader two = header(FrameType.SYNC_CHECK, 15, 4096, 4096);
        FrameHeader three = header(FrameType.VERIFY_CHECK, 0, 8192, 4096);
        assertThat(checks.keep(one, digests(1))).isNull();
        assertThat(checks.keep(two, digests(2))).isNull();
        assertThat(checks.keep(three, digests(3))).isNull();
        assertThat(checks.differing(one.type(), one.id(), new Numbers(1))).isZero();
        assertThat(checks.differing(two.type(), two.id(), new Numbers(2))).isZero();
        assertThat(checks.differing(three.type(), three.id(), new Numbers(3))).isZero();
    }

    @Test
    void whatIsNoCheckIsRefused() {
        ByteBuffer one = digests(1);
        assertThat(checks.keep(header(FrameType.SYNC_CHECK, 16, 0, 4096), one)).isNotNull();
        assertThat(checks.keep(header(FrameType.VERIFY_CHECK, 16, 0, 4096), one)).isNotNull();
        assertThat(checks.keep(header(FrameType.VERIFY_CHECK, -1, 0, 4096), one)).isNotNull();
        assertThat(checks.keep(header(FrameType.SYNC_CHECK, 0, 512, 4096), one)).isNotNull();
        assertThat(checks.keep(header(FrameType.SYNC_CHECK, 0, 0, 8192), one)).isNotNull();
        assertThat(checks.keep(header(FrameType.SYNC_CHECK, 0, 0, 0), one)).isNotNull();
        assertThat(
                        checks.keep(
                                header(FrameType.SYNC_CHECK, 0, 0, 256 << 10),
                                digests(new long[64])))
                .isNotNull();
    }
}
