package dev.rhizome.core.link;

/**
 * How long a peer that was late is left alone. Once may happen: it is tried again at once. A peer
 * that is late again, soon after, would hold this node's changes for the request time-out at each
 * attempt: so the pauses between attempts grow, to many times what one attempt may cost.
 *
 * <p>Pure: told what happens and when.
 */
public final class Expulsions {
    /** The longest pause, in request time-outs. */
    static final int LONGEST = 16;

    private long requestTimeoutNs;
    private int inARow;
    private long lastNs;
    private long pauseUntilNs;
    private boolean pausing;

    /**
     * @param requestTimeoutNs what one attempt may cost
     */
    public Expulsions(long requestTimeoutNs) {
        this.requestTimeoutNs = requestTimeoutNs;
    }

    /** Another time-out; a pause that has begun is as long as it was to be. */
    public void adjust(long changedNs) {
        requestTimeoutNs = changedNs;
    }

    /**
     * The peer was late, and is left.
     *
     * @return for how long it is not to be tried; 0 if it may be at once
     */
    public long onExpelled(long nowNs) {
        inARow = inARow > 0 && nowNs - lastNs > forgottenAfterNs() ? 1 : inARow + 1;
        lastNs = nowNs;
        long pauseNs = pauseNs(inARow);
        if (pauseNs > 0) {
            pausing = true;
            pauseUntilNs = nowNs + pauseNs;
        }
        return pauseNs;
    }

    private long pauseNs(int times) {
        if (times < 2) {
            return 0;
        }
        int doublings = Math.min(times - 2, Integer.numberOfTrailingZeros(LONGEST));
        return requestTimeoutNs << doublings;
    }

    /** After the pause it has to hold out as long as the pause was, and a few attempts more. */
    private long forgottenAfterNs() {
        return 2 * pauseNs(inARow) + 4 * requestTimeoutNs;
    }

    /** How often in a row it was late. */
    public int inARow() {
        return inARow;
    }

    /** Whether the peer is not to be tried now. */
    public boolean pausing() {
        return pausing;
    }

    /** When the pause ends; Long.MAX_VALUE without one. */
    public long deadlineNs() {
        return pausing ? pauseUntilNs : Long.MAX_VALUE;
    }

    /**
     * Ends the pause if it is over.
     *
     * @return whether it was ended now
     */
    public boolean endsAt(long nowNs) {
        if (pausing && nowNs >= pauseUntilNs) {
            pausing = false;
            return true;
        }
        return false;
    }

    /** An operator wants it tried now: all is forgotten. */
    public void forgive() {
        pausing = false;
        inARow = 0;
    }
}
