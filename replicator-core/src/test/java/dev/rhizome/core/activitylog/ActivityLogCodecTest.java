package dev.rhizome.core.activitylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.activitylog.ActivityLogCodec.Transaction;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ActivityLogCodecTest {

    private static byte[] transaction() {
        byte[] bytes = new byte[ActivityLogCodec.BYTES];
        Arrays.fill(bytes, (byte) 0xEE);
        ByteBuffer target = ByteBuffer.wrap(bytes);
        ActivityLogCodec.begin(target, 0x0102030405060708L, 1024, 6433, true);
        ActivityLogCodec.update(target, 0, 6432, 0x11223344);
        ActivityLogCodec.update(target, 1, 2, ActivityLogCodec.FREE);
        ActivityLogCodec.context(target, 0, 9);
        ActivityLogCodec.context(target, 1, ActivityLogCodec.FREE);
        ActivityLogCodec.context(target, 2, 7);
        ActivityLogCodec.end(target, 6431, 3);
        assertThat(target.remaining()).isEqualTo(ActivityLogCodec.BYTES);
        return bytes;
    }

    @Test
    void goldenBytes() {
        byte[] bytes = transaction();
        assertThat(HexFormat.of().formatHex(bytes, 0, 48))
                .isEqualTo(
                        "525a414c"
                                + "4600b46c"
                                + "0102030405060708"
                                + "00000400"
                                + "1921"
                                + "0001"
                                + "0002"
                                + "0003"
                                + "191f"
                                + "0000"
                                + "1920000011223344"
                                + "00020000ffffffff");
        assertThat(Arrays.copyOfRange(bytes, 48, 544)).containsOnly(0);
        assertThat(HexFormat.of().formatHex(bytes, 544, 556))
                .isEqualTo("00000009" + "ffffffff" + "00000007");
        assertThat(Arrays.copyOfRange(bytes, 556, bytes.length)).containsOnly(0);
    }

    @Test
    void comesBackAndIsApplied() {
        Transaction found =
                Objects.requireNonNull(ActivityLogCodec.decode(ByteBuffer.wrap(transaction()), 0));
        assertThat(found.sequence()).isEqualTo(0x0102030405060708L);
        assertThat(found.extentBlocks()).isEqualTo(1024);
        assertThat(found.slots()).isEqualTo(6433);
        assertThat(found.reset()).isTrue();
        int[] extents = new int[6433];
        found.applyTo(extents);
        assertThat(extents[6431]).isEqualTo(9);
        assertThat(extents[6432]).as("an update is newer").isEqualTo(0x11223344);
        assertThat(extents[0]).as("the context wraps around").isEqualTo(7);
        assertThat(extents[2]).isEqualTo(ActivityLogCodec.FREE);
        assertThat(extents[3]).as("reset").isEqualTo(ActivityLogCodec.FREE);
    }

    @Test
    void everyFlippedBitIsNoticed() {
        byte[] bytes = transaction();
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(ActivityLogCodec.decode(ByteBuffer.wrap(bytes), 0)).isNull();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void fieldsOutOfRangeAreRefusedEvenWithAGoodChecksum() {
        // Offset, bytes, value.
        long[][] changes = {
            {8, 8, 0},
            {8, 8, -1},
            {8, 8, Long.MAX_VALUE},
            {16, 4, 0},
            {16, 4, 4},
            {16, 4, 1000},
            {16, 4, 2048},
            {20, 2, 0},
            {20, 2, 65_535},
            {20, 2, 2},
            {24, 2, 65},
            {26, 2, 889},
            {28, 2, 6433},
            {32, 2, 6433}
        };
        for (long[] change : changes) {
            ByteBuffer block = ByteBuffer.wrap(transaction());
            switch ((int) change[1]) {
                case 2 -> block.putShort((int) change[0], (short) change[2]);
                case 4 -> block.putInt((int) change[0], (int) change[2]);
                default -> block.putLong((int) change[0], change[2]);
            }
            CRC32C crc = new CRC32C();
            crc.update(block.array(), 8, ActivityLogCodec.BYTES - 8);
            block.putInt(4, (int) crc.getValue());
            assertThat(ActivityLogCodec.decode(block, 0)).as(Arrays.toString(change)).isNull();
        }
    }
}
