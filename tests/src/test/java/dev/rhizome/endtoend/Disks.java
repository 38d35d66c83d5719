package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** What is in the files that stand for disks. */
final class Disks {
    private static final int CHUNK_BYTES = 1 << 20;

    private Disks() {}

    /** Makes a disk of zeroes, without taking its space. */
    static void create(Path disk, long bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(disk, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), bytes - 1);
        }
    }

    /** Writes bytes without the knowledge of whoever uses the disk. */
    static void overwrite(Path disk, long at, byte... bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
            channel.force(true);
        }
    }

    /** Fills the first bytes of a disk with data that has no pattern. */
    static void fill(Path disk, long bytes, long seed) throws IOException {
        Random random = new Random(seed);
        byte[] chunk = new byte[CHUNK_BYTES];
        for (long at = 0; at < bytes; at += CHUNK_BYTES) {
            random.nextBytes(chunk);
            overwrite(disk, at, chunk);
        }
    }

    /** Fails unless the volumes on two disks are the same, byte for byte. */
    static void requireIdentical(Path one, Path other, long volumeBytes) throws IOException {
        assertThat(firstDifference(one, other, volumeBytes))
                .as("the first byte that differs between %s and %s (-1: none)", one, other)
                .isEqualTo(-1);
    }

    private static long firstDifference(Path one, Path other, long volumeBytes) throws IOException {
        ByteBuffer left = ByteBuffer.allocate(CHUNK_BYTES);
        ByteBuffer right = ByteBuffer.allocate(CHUNK_BYTES);
        try (FileChannel first = FileChannel.open(one);
                FileChannel second = FileChannel.open(other)) {
            for (long at = 0; at < volumeBytes; at += CHUNK_BYTES) {
                int length = (int) Math.min(CHUNK_BYTES, volumeBytes - at);
                int mismatch =
                        fill(first, left, at, length).mismatch(fill(second, right, at, length));
                if (mismatch >= 0) {
                    return at + mismatch;
                }
            }
        }
        return -1;
    }

    private static ByteBuffer fill(FileChannel channel, ByteBuffer buffer, long at, int length)
            throws IOException {
        buffer.clear().limit(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new IOException("the disk ends before its volume");
            }
        }
        return buffer.flip();
    }
}
