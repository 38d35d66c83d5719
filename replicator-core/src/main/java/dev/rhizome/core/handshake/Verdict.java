package dev.rhizome.core.handshake;

/** What a node does after the handshake. */
public enum Verdict {
    /** Both have the same, or there is nothing to copy: mirror from now on. */
    NO_SYNC("no-sync"),
    /** Copy to the peer what the two bitmaps, taken together, say. */
    SOURCE_BITMAP("source-bitmap"),
    /** Copy everything to the peer. */
    SOURCE_FULL("source-full"),
    /** Take from the peer what the two bitmaps, taken together, say. */
    TARGET_BITMAP("target-bitmap"),
    /** Take everything from the peer. */
    TARGET_FULL("target-full"),
    /** Part, and stay apart until an operator decides. */
    DISCONNECT("disconnect"),
    /** Part, and try again at once. */
    RETRY("retry"),
    /** Part; this node, a Primary, demotes itself; then both connect again. */
    DEMOTE("demote"),
    /** Part, and connect again when the peer, a Primary, has demoted itself. */
    AWAIT_DEMOTION("await-demotion");

    private final String label;

    Verdict(String label) {
        this.label = label;
    }

    /** The verdict's name in logs, metrics and tests. */
    public String label() {
        return label;
    }

    /** Whether this node copies to its peer. */
    public boolean source() {
        return this == SOURCE_BITMAP || this == SOURCE_FULL;
    }

    /** Whether this node takes the peer's data. */
    public boolean target() {
        return this == TARGET_BITMAP || this == TARGET_FULL;
    }

    /** Whether everything is copied, whatever the bitmaps say. */
    public boolean full() {
        return this == SOURCE_FULL || this == TARGET_FULL;
    }

    /** Whether the nodes stay linked. */
    public boolean agreed() {
        return this == NO_SYNC || source() || target();
    }

    /** The same decision seen from the peer. */
    public Verdict mirror() {
        return switch (this) {
            case SOURCE_BITMAP -> TARGET_BITMAP;
            case SOURCE_FULL -> TARGET_FULL;
            case TARGET_BITMAP -> SOURCE_BITMAP;
            case TARGET_FULL -> SOURCE_FULL;
            case DEMOTE -> AWAIT_DEMOTION;
            case AWAIT_DEMOTION -> DEMOTE;
            case NO_SYNC, DISCONNECT, RETRY -> this;
        };
    }

    /** To copy, in the one direction or the other. */
    static Verdict copy(boolean toPeer, boolean everything) {
        if (toPeer) {
            return everything ? SOURCE_FULL : SOURCE_BITMAP;
        }
        return everything ? TARGET_FULL : TARGET_BITMAP;
    }
}
