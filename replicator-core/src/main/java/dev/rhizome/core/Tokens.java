package dev.rhizome.core;

/**
 * The tokens of disk operations: who asked (8 bits), which slot (24 bits), and the slot's use (32
 * bits), so that an answer to an earlier use is noticed.
 */
public final class Tokens {

    /** Who asked for a disk operation. */
    public enum Owner {
        /** A client's request. */
        CLIENT,
        /** A request of the peer. */
        PEER,
        /** A resync read of the source. */
        SYNC_SOURCE,
        /** The SyncTarget's last flush. */
        SYNC_TARGET,
        /** The flush before a clean end. */
        COMMAND,
        /** A flush of both nodes for the engine's own sake. */
        DUAL_FLUSH,
        /** A read of an online verify. */
        VERIFY,
        /** The read that shows that the disk answers. */
        DISK_PROOF;

        private static final Owner[] ALL = values();
    }

    private Tokens() {}

    /** Packs a token. */
    public static long of(Owner owner, int slot, int use) {
        return (long) owner.ordinal() << 56 | (long) slot << 32 | (use & 0xFFFFFFFFL);
    }

    /** Who asked. */
    public static Owner owner(long token) {
        return Owner.ALL[(int) (token >>> 56)];
    }

    /** The slot. */
    public static int slot(long token) {
        return (int) (token >>> 32) & 0xFFFFFF;
    }

    /** The slot's use. */
    public static int use(long token) {
        return (int) token;
    }
}
