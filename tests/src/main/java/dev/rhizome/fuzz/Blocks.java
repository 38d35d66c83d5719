package dev.rhizome.fuzz;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Inputs that consist of blocks of 4096 bytes with a checksum each. */
final class Blocks {
    static final int BYTES = 4096;

    private Blocks() {}

    /** What a device gives: whole blocks, zero where there is nothing. */
    static ByteBuffer whole(byte[] input, int leastBlocks) {
        int blocks = Math.max(leastBlocks, (input.length + BYTES - 1) / BYTES);
        return ByteBuffer.wrap(Arrays.copyOf(input, blocks * BYTES));
    }

    /**
     * Makes the checksums of all whole blocks right.
     *
     * @param crcOffset where it stands in a block; it is of all that follows
     */
    static void fix(byte[] input, int crcOffset) {
        CRC32C crc = new CRC32C();
        for (int at = 0; at + BYTES <= input.length; at += BYTES) {
            int from = at + crcOffset + Integer.BYTES;
            crc.reset();
            crc.update(input, from, at + BYTES - from);
            ByteBuffer.wrap(input).putInt(at + crcOffset, (int) crc.getValue());
        }
    }
}
