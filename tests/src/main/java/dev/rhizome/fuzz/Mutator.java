package dev.rhizome.fuzz;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Makes inputs from valid ones, by chance from a seed. */
final class Mutator {
    private static final int MAX_BYTES = 64 * 1024;
    private static final long[] EDGES = {
        0,
        1,
        2,
        8,
        63,
        64,
        127,
        128,
        255,
        256,
        888,
        889,
        1024,
        4095,
        4096,
        65_534,
        65_535,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0xFFFFFFFFL,
        1L << 50,
        (1L << 50) + 1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1
    };
    private static final List<String> WORDS =
            List.of(
                    "none",
                    "0",
                    "1",
                    "-1",
                    "0+1",
                    "1+0",
                    "65535+65535",
                    "18446744073709551615",
                    "9223372036854775807",
                    "flags",
                    "end",
                    "out-of-sync",
                    "active-extents 8",
                    "#",
                    "CONSISTENT",
                    "0xFFFFFFFF",
                    "0000000000000000",
                    "FFFFFFFFFFFFFFFF",
                    "\t",
                    "+",
                    "rhizome-metadata 3");

    private final SplittableRandom random;

    Mutator(SplittableRandom random) {
        this.random = random;
    }

    /**
     * An input.
     *
     * @param seeds valid inputs of one decoder
     * @param text whether they are text
     */
    byte[] mutate(List<byte[]> seeds, boolean text) {
        byte[] bytes = seed(seeds).clone();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            bytes = text && random.nextBoolean() ? mutateText(bytes) : mutateOnce(bytes, seeds);
        }
        return bytes.length > MAX_BYTES ? Arrays.copyOf(bytes, MAX_BYTES) : bytes;
    }

    private byte[] seed(List<byte[]> seeds) {
        return seeds.get(random.nextInt(seeds.size()));
    }

    private byte[] mutateOnce(byte[] bytes, List<byte[]> seeds) {
        if (bytes.length == 0) {
            return seed(seeds).clone();
        }
        int at = place(bytes.length);
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 3, 4 -> bytes[at] = (byte) random.nextInt(256);
            case 5, 6, 7 -> putEdge(bytes, at);
            case 8 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            }
            case 9 -> {
                byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(64));
                fill(longer, bytes.length, longer.length);
                return longer;
            }
            case 10 -> splice(bytes, seed(seeds));
            default -> {
                return replace(bytes, at, random.nextInt(100), piece(seed(seeds)));
            }
        }
        return bytes;
    }

    /** Most fields are at the beginning of a block. */
    private int place(int length) {
        int blocks = (length + Blocks.BYTES - 1) / Blocks.BYTES;
        int at = random.nextInt(length);
        if (blocks > 0 && random.nextInt(4) > 0) {
            at = random.nextInt(blocks) * Blocks.BYTES + random.nextInt(64);
        }
        return Math.min(at, length - 1);
    }

    private void putEdge(byte[] bytes, int at) {
        int width = 1 << random.nextInt(4);
        int aligned = Math.min(at / width * width, bytes.length - width);
        if (aligned < 0) {
            return;
        }
        ByteBuffer target = ByteBuffer.wrap(bytes);
        long edge =
                random.nextBoolean()
                        ? EDGES[random.nextInt(EDGES.length)]
                        : field(target, place(bytes.length));
        edge += random.nextInt(8) == 0 ? 1 : 0;
        switch (width) {
            case 1 -> target.put(aligned, (byte) edge);
            case 2 -> target.putShort(aligned, (short) edge);
            case 4 -> target.putInt(aligned, (int) edge);
            default -> target.putLong(aligned, edge);
        }
    }

    /** What another field of a similar kind holds: a limit, perhaps. */
    private long field(ByteBuffer bytes, int at) {
        int width = 2 << random.nextInt(3);
        int aligned = Math.min(at / width * width, bytes.capacity() - width);
        if (aligned < 0) {
            return 0;
        }
        return switch (width) {
            case 2 -> bytes.getShort(aligned);
            case 4 -> bytes.getInt(aligned);
            default -> bytes.getLong(aligned);
        };
    }

    private void fill(byte[] bytes, int from, int to) {
        byte value = (byte) random.nextInt(256);
        for (int at = from; at < to; at++) {
            bytes[at] = random.nextInt(3) == 0 ? (byte) random.nextInt(256) : value;
        }
    }

    /** Copies a piece of another input over this one: often a whole block, to another block. */
    private void splice(byte[] bytes, byte[] other) {
        int unit = random.nextBoolean() ? Blocks.BYTES : 1;
        int from = other.length < unit ? 0 : random.nextInt(other.length / unit) * unit;
        int to = bytes.length < unit ? 0 : random.nextInt(bytes.length / unit) * unit;
        int length = unit > 1 ? unit : 1 + random.nextInt(64);
        int possible = Math.min(length, Math.min(other.length - from, bytes.length - to));
        System.arraycopy(other, from, bytes, to, possible);
    }

    private byte[] piece(byte[] other) {
        int from = random.nextInt(other.length);
        return Arrays.copyOfRange(other, from, Math.min(other.length, from + random.nextInt(100)));
    }

    private static byte[] replace(byte[] bytes, int at, int length, byte[] by) {
        int end = Math.min(bytes.length, at + length);
        byte[] result = new byte[at + by.length + bytes.length - end];
        System.arraycopy(bytes, 0, result, 0, at);
        System.arraycopy(by, 0, result, at, by.length);
        System.arraycopy(bytes, end, result, at + by.length, bytes.length - end);
        return result;
    }

    private byte[] mutateText(byte[] bytes) {
        byte[] word =
                WORDS.get(random.nextInt(WORDS.size()))
                        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        int begin = at;
        while (begin > 0 && bytes[begin - 1] > ' ') {
            begin--;
        }
        int end = at;
        while (end < bytes.length && bytes[end] > ' ') {
            end++;
        }
        return switch (random.nextInt(4)) {
            case 0 -> replace(bytes, begin, end - begin, word);
            case 1 -> replace(bytes, begin, 0, word);
            case 2 -> replace(bytes, begin, end - begin, new byte[0]);
            default -> moveLine(bytes, at);
        };
    }

    /** Takes a line out, and perhaps puts it in somewhere else, or twice. */
    private byte[] moveLine(byte[] bytes, int at) {
        int begin = at;
        while (begin > 0 && bytes[begin - 1] != '\n') {
            begin--;
        }
        int end = at;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        byte[] line = Arrays.copyOfRange(bytes, begin, Math.min(end + 1, bytes.length));
        byte[] rest =
                random.nextBoolean() ? replace(bytes, begin, line.length, new byte[0]) : bytes;
        int target = rest.length == 0 ? 0 : random.nextInt(rest.length);
        return random.nextBoolean() ? replace(rest, target, 0, line) : rest;
    }
}
