package dev.rhizome.core.resync;

/**
 * When a range may be copied or compared beside the application: asked before each, and told of its
 * begin and end. Only what is not urgent asks: a range that somebody waits for goes at once.
 */
public interface Pace {

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

    /** A range has begun: it holds disk and link from now on. */
    void began(long nowNs, int lengthBytes);

    /** A range has ended, well or not. */
    void ended(long nowNs, int lengthBytes);
}
