package dev.rhizome.core.verify;

/** When an online verify may compare the next range: asked before each, and told of its begin. */
public interface VerifyPace {

    /**
     * Whether a range may begin now.
     *
     * @param nowNs the time
     * @param lengthBytes how long the range is
     * @return false if it must wait: ask again at {@link #wakeNs}, or when a range has ended
     */
    boolean mayBegin(long nowNs, int lengthBytes);

    /** When to ask again after a refusal. */
    long wakeNs();

    /** A range has begun. */
    void began(long nowNs, int lengthBytes);

    /** A range has ended, well or not. */
    void ended(long nowNs, int lengthBytes);
}
