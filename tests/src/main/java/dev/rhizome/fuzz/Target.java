package dev.rhizome.fuzz;

import java.util.List;

/** A decoder under test. */
interface Target {
    /** Its name, with which the files of its corpus begin. */
    String name();

    /** Valid inputs to begin with, of any size that it takes. */
    List<byte[]> seeds();

    /** Makes all checksums in the input right, so that what lies behind them is reached. */
    default void fixChecksums(byte[] input) {}

    /** Whether the input is text, for which other mutations are apt. */
    default boolean text() {
        return false;
    }

    /**
     * Decodes the input.
     *
     * @return whether it was taken; refusing is as good
     * @throws AssertionError if what came of it contradicts itself
     */
    boolean accepts(byte[] input);

    /** Fails the run. */
    static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
