package dev.rhizome.simulator;

/**
 * The only randomness of a run: SplitMix64 from a seed. A fork by name has its own stream, so that
 * a draw more in one part does not shift the others.
 */
final class Choices {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    Choices(long seed) {
        state = mix(seed + GOLDEN_GAMMA);
    }

    /** A stream of its own. */
    Choices fork(String name) {
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
        }
        return new Choices(mix(state ^ hash));
    }

    /** Any 64 bits. */
    long next() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** From 0 to bound - 1. */
    int below(int bound) {
        return (int) ((next() >>> 33) % bound);
    }

    /** From 0 to bound - 1. */
    long below(long bound) {
        return (next() >>> 1) % bound;
    }

    /** From low to high, both included. */
    int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** True so many times in a thousand. */
    boolean permille(int chance) {
        return below(1000) < chance;
    }

    /** One of them. */
    int oneOf(int... values) {
        return values[below(values.length)];
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
