package dev.rhizome.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock.Flag;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class SuperblockTest {
    private static final Superblock SUPERBLOCK =
            new Superblock(
                    7,
                    "data",
                    1 << 20,
                    3,
                    new Generations(0x10, 0x20, List.of(0x30L)),
                    new Tenure(1, 2, 3));

    private static byte[] encoded(Superblock superblock) {
        byte[] bytes = new byte[SuperblockCodec.BYTES];
        Arrays.fill(bytes, (byte) 0xEE);
        SuperblockCodec.encode(superblock, ByteBuffer.wrap(bytes));
        return bytes;
    }

    private static SuperblockSlots.Choice choose(byte[] first, byte[] second) {
        return SuperblockSlots.choose(ByteBuffer.wrap(first), ByteBuffer.wrap(second));
    }

    @Test
    void goldenBytes() {
        byte[] bytes = encoded(SUPERBLOCK);
        assertThat(HexFormat.of().formatHex(bytes, 0, 72))
                .isEqualTo(
                        "5248495a4f4d4500"
                                + HexFormat.of().formatHex(bytes, 8, 12)
                                + "00000002"
                                + "0000000000000007"
                                + "0000000000100000"
                                + "00001000"
                                + "00000003"
                                + "0000000000000010"
                                + "0000000000000020"
                                + "00000001"
                                + "00000004"
                                + "0000000000000030");
        assertThat(HexFormat.of().formatHex(bytes, 8, 12)).isEqualTo(GOLDEN_CHECKSUM);
        assertThat(HexFormat.of().formatHex(bytes, 128, 133)).isEqualTo("6461746100");
        assertThat(HexFormat.of().formatHex(bytes, 192, 216))
                .isEqualTo("0000000000000001" + "0000000000000002" + "0000000000000003");
        assertThat(Arrays.copyOfRange(bytes, 216, bytes.length)).containsOnly(0);
    }

    private static final String GOLDEN_CHECKSUM = "cc5a2723";

    @Test
    void flagsKeepTheirBits() {
        int bit = 1;
        for (Flag flag : Flag.values()) {
            assertThat(flag.bit()).as(flag.name()).isEqualTo(bit);
            bit <<= 1;
        }
    }

    @Test
    void comesBack() {
        assertThat(SuperblockCodec.decode(ByteBuffer.wrap(encoded(SUPERBLOCK))).superblock())
                .isEqualTo(SUPERBLOCK);
    }

    @Test
    void theNewerSlotCounts() {
        byte[] older = encoded(SUPERBLOCK);
        byte[] newer = encoded(SUPERBLOCK.withSequence(8));
        assertThat(choose(older, newer).superblock()).isEqualTo(SUPERBLOCK.withSequence(8));
        assertThat(choose(newer, older).superblock()).isEqualTo(SUPERBLOCK.withSequence(8));
        assertThat(choose(newer, older).warning()).isEmpty();
    }

    @Test
    void everyFlippedBitFallsBackToTheOtherSlot() {
        byte[] older = encoded(SUPERBLOCK);
        byte[] newer = encoded(SUPERBLOCK.withSequence(8));
        for (int bit = 0; bit < newer.length * 8; bit++) {
            newer[bit / 8] ^= (byte) (1 << bit % 8);
            SuperblockSlots.Choice choice = choose(older, newer);
            assertThat(choice.superblock()).isEqualTo(SUPERBLOCK);
            assertThat(choice.warning()).startsWith("metadata slot 1: ");
            newer[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void aTornSlotFallsBackToTheOther() {
        byte[] older = encoded(SUPERBLOCK);
        byte[] newer = encoded(SUPERBLOCK.withSequence(8).with(Generations.justCreated()));
        for (int torn = 0; torn < newer.length; torn += 512) {
            byte[] slot = newer.clone();
            System.arraycopy(older, 0, slot, 0, torn);
            Superblock found = choose(older, slot).superblock();
            assertThat(found).isIn(SUPERBLOCK, SuperblockCodec.decode(buffer(newer)).superblock());
        }
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes);
    }

    @Test
    void twoDamagedSlotsAreReported() {
        byte[] damaged = encoded(SUPERBLOCK);
        damaged[100]++;
        SuperblockSlots.Choice choice = choose(damaged, damaged);
        assertThat(choice.superblock()).isNull();
        assertThat(choice.foreign()).isFalse();
        assertThat(choice.problem()).contains("slot 0: checksum", "slot 1: checksum");
    }

    @Test
    void aForeignDiskIsForeign() {
        byte[] zeroes = new byte[SuperblockCodec.BYTES];
        assertThat(choose(zeroes, zeroes).foreign()).isTrue();
    }

    @Test
    void aNewerVersionIsRefusedByName() {
        byte[] bytes = encoded(SUPERBLOCK);
        bytes[15] = 3;
        assertThat(SuperblockCodec.decode(ByteBuffer.wrap(bytes)).problem()).contains("checksum");
        CRC32C crc = new CRC32C();
        crc.update(bytes, 12, bytes.length - 12);
        ByteBuffer.wrap(bytes).putInt(8, (int) crc.getValue());
        assertThat(SuperblockCodec.decode(ByteBuffer.wrap(bytes)).problem())
                .contains("format version 3 is newer", "install the version that wrote it");
        // Beside it an old slot is not the truth, even if its sequence is larger.
        byte[] old = encoded(SUPERBLOCK.withSequence(99));
        assertThat(choose(old, bytes).superblock()).isNull();
        assertThat(choose(bytes, old).problem()).contains("format version 3 is newer");
    }

    @Test
    void anyBytesAreDecodedOrRefused() {
        Random random = new Random(3);
        byte[] magic = Arrays.copyOf(encoded(SUPERBLOCK), 8);
        byte[] bytes = new byte[SuperblockCodec.BYTES];
        for (int i = 0; i < 5_000; i++) {
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                System.arraycopy(magic, 0, bytes, 0, 8);
            }
            SuperblockCodec.Decoded decoded = SuperblockCodec.decode(ByteBuffer.wrap(bytes));
            assertThat(decoded.superblock()).isNull();
            assertThat(decoded.problem()).isNotEmpty();
        }
    }

    @Test
    void fieldsOutOfRangeAreRefusedEvenWithAGoodChecksum() {
        for (int[] change : new int[][] {{32, 512}, {56, 9}, {56, -1}, {60, 0}, {60, 64}}) {
            ByteBuffer slot = ByteBuffer.wrap(encoded(SUPERBLOCK));
            slot.putInt(change[0], change[1]);
            java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
            crc.update(slot.array(), 12, SuperblockCodec.BYTES - 12);
            slot.putInt(8, (int) crc.getValue());
            assertThat(SuperblockCodec.decode(slot).problem()).isEqualTo("fields out of range");
        }
    }
}
