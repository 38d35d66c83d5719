package dev.rhizome.transport.peer;

/**
 * Which of the peer's addresses to dial: the one that was good last, until it fails; then the
 * others in turn.
 */
final class PeerPaths {
    private final int count;
    private int current;
    private int failures;

    /**
     * @param count how many there are, at least one
     */
    PeerPaths(int count) {
        this.count = count;
    }

    /** The one to dial next. */
    int current() {
        return current;
    }

    /**
     * It could not be reached there.
     *
     * @return whether all have failed by now, since the last time that this was so
     */
    boolean failed() {
        next();
        failures++;
        if (failures < count) {
            return false;
        }
        failures = 0;
        return true;
    }

    /** A link is up over this one. */
    void up(int path) {
        current = path % count;
        failures = 0;
    }

    /**
     * The link is down.
     *
     * @param closedByPeer whether the peer has said so itself: its address is as good as before
     */
    void down(boolean closedByPeer) {
        failures = 0;
        if (!closedByPeer) {
            next();
        }
    }

    private void next() {
        current = (current + 1) % count;
    }
}
