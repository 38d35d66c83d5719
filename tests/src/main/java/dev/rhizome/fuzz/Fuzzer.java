package dev.rhizome.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Runs inputs against the decoders. Input n of a seed is the same each time, whatever came before.
 */
public final class Fuzzer {
    /** More than any decoder needs for its largest valid input. */
    private static final long MAX_ALLOCATED_BYTES = 32 << 20;

    private static final long MAX_NS = 5_000_000_000L;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final List<List<byte[]>> seeds = new ArrayList<>();
    private final long seed;
    private final long[] inputs = new long[Targets.ALL.size()];
    private final long[] accepted = new long[Targets.ALL.size()];
    private volatile long beganNs;
    private volatile byte[] input = {};
    private volatile String current = "";

    /**
     * @param seed all inputs follow from it
     */
    public Fuzzer(long seed) {
        this.seed = seed;
        for (Target target : Targets.ALL) {
            seeds.add(target.seeds());
        }
    }

    /** A decoder has failed. */
    public static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Runs inputs.
     *
     * @param first the number of the first one
     * @param count how many
     * @throws Failure at the first that breaks a decoder; with all that it takes to do it again
     */
    public void run(long first, long count) throws Failure {
        for (long number = first; number < first + count; number++) {
            SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
            int which = random.nextInt(Targets.ALL.size());
            Target target = Targets.ALL.get(which);
            byte[] bytes = new Mutator(random).mutate(seeds.get(which), target.text());
            if (random.nextBoolean()) {
                target.fixChecksums(bytes);
            }
            inputs[which]++;
            if (check(target, bytes, "--seed " + seed + " --first " + number)) {
                accepted[which]++;
            }
        }
    }

    /** Runs every seed as it is: all must be taken. */
    public void runSeeds() throws Failure {
        for (int which = 0; which < seeds.size(); which++) {
            for (byte[] bytes : seeds.get(which)) {
                if (!check(Targets.ALL.get(which), bytes, "a seed")) {
                    throw new Failure(describe("a valid input was refused"), new AssertionError());
                }
            }
        }
    }

    /**
     * Runs one input.
     *
     * @param origin where it comes from
     * @return whether it was accepted
     */
    boolean check(Target target, byte[] bytes, String origin) throws Failure {
        input = bytes;
        current = target.name() + " (" + origin + ")";
        long allocated = threads.getCurrentThreadAllocatedBytes();
        beganNs = System.nanoTime();
        boolean taken;
        try {
            taken = target.accepts(bytes);
        } catch (RuntimeException | Error e) {
            throw new Failure(describe(e.toString()), e);
        }
        long tookNs = System.nanoTime() - beganNs;
        beganNs = 0;
        long used = threads.getCurrentThreadAllocatedBytes() - allocated;
        if (used > MAX_ALLOCATED_BYTES) {
            throw new Failure(
                    describe("it took " + used + " bytes of memory"), new AssertionError());
        }
        if (tookNs > MAX_NS) {
            throw new Failure(describe("it took " + tookNs + " ns"), new AssertionError());
        }
        return taken;
    }

    private String describe(String problem) {
        return current + ": " + problem + "; the input:\n" + HexText.of(input);
    }

    /**
     * Looked at from another thread: an input that has been running for too long.
     *
     * @return what it is; empty if all is well
     */
    public String stuck() {
        long began = beganNs;
        return began != 0 && System.nanoTime() - began > MAX_NS ? describe("it does not end") : "";
    }

    /** How many inputs each decoder has had, and has taken. */
    public String summary() {
        StringBuilder text = new StringBuilder();
        for (int which = 0; which < inputs.length; which++) {
            text.append(
                    String.format(
                            "   %-15s %9d inputs, %9d taken%n",
                            Targets.ALL.get(which).name(), inputs[which], accepted[which]));
        }
        return text.toString();
    }
}
