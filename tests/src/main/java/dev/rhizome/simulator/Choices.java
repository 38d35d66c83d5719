package dev.rhizome.simulator;

import org.jspecify.annotations.Nullable;

/**
 * The only randomness of a run: SplitMix64 from a seed. A fork by name has its own stream, so that
 * a draw more in one part does not shift the others. A run's draws can be recorded, and replayed
 * from what was recorded: see {@link Draws}.
 */
final class Choices {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final long PRIME = 0x100000001B3L;

    /** Who may know better what a draw yields. */
    interface Teller {

        /**
         * Tells what is drawn.
         *
         * @param bound what is drawn is from 0 to bound - 1; any 64 bits if it is 0
         * @param drawn what the seed says
         * @param benign what does no harm, where nothing else is known
         */
        long told(long bound, long drawn, long benign);

        /** The one for the fork of this name. */
        Teller fork(String name);
    }

    private final @Nullable Teller teller;
    private long state;

    Choices(long seed) {
        this(seed, null);
    }

    Choices(long seed, @Nullable Teller teller) {
        this.state = mix(seed + GOLDEN_GAMMA);
        this.teller = teller;
    }

    /**
     * Without chance: what has a bound is always this number or the largest possible, what lasts
     * has its mean duration, and what may happen does not.
     */
    static Choices fixed(int answer) {
        return new Choices(
                answer,
                new Teller() {
                    @Override
                    public long told(long bound, long drawn, long benign) {
                        return benign == 0 && bound > 0 ? Math.min(answer, bound - 1) : benign;
                    }

                    @Override
                    public Teller fork(String name) {
                        return this;
                    }
                });
    }

    /** A stream of its own. */
    Choices fork(String name) {
        return new Choices(mix(state ^ hash(name)), teller == null ? null : teller.fork(name));
    }

    /** A stream of its own for one of many alike. */
    Choices fork(String name, long number) {
        return new Choices(
                mix(state ^ (hash(name) + number) * PRIME),
                teller == null ? null : teller.fork(name + number));
    }

    private static long hash(String name) {
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * PRIME;
        }
        return hash;
    }

    /** Any 64 bits; never the same ones. */
    long next() {
        long drawn = advance();
        return told(0, drawn, drawn);
    }

    /** From 0 to bound - 1. */
    int below(int bound) {
        return (int) told(bound, (advance() >>> 33) % bound, 0);
    }

    /** From 0 to bound - 1: how long something takes. */
    long below(long bound) {
        return told(bound, (advance() >>> 1) % bound, bound / 2);
    }

    /** From low to high, both included. */
    int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** True so many times in a thousand. */
    boolean permille(int chance) {
        return told(1000, (advance() >>> 33) % 1000, 999) < chance;
    }

    /** Which of several with these weights; -1, if nobody knows better, and if none has any. */
    int weighted(int... weights) {
        int total = 0;
        for (int weight : weights) {
            total += weight;
        }
        long at = total == 0 ? -1 : told(total, (advance() >>> 33) % total, -1);
        for (int i = 0; i < weights.length && at >= 0; i++) {
            at -= weights[i];
            if (at < 0) {
                return i;
            }
        }
        return -1;
    }

    /** One of them. */
    int oneOf(int... values) {
        return values[below(values.length)];
    }

    private long told(long bound, long drawn, long benign) {
        return teller == null ? drawn : teller.told(bound, drawn, benign);
    }

    private long advance() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
