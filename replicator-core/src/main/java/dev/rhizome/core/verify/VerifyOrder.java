package dev.rhizome.core.verify;

/**
 * What an operator asks of the online verify.
 *
 * @param kind what
 * @param startBytes for a start: from this byte on; rounded down to a block of 4 KiB
 * @param stopBytes for a start: up to this byte, rounded up; 0 for the volume's end
 * @param repair for a start: whether what differs is then copied to the peer
 */
public record VerifyOrder(Kind kind, long startBytes, long stopBytes, boolean repair) {

    /** What can be asked. */
    public enum Kind {
        /** Compare. */
        START,
        /** Stop comparing. */
        CANCEL,
        /** Copy what an earlier verify has found to the peer. */
        REPAIR_FOUND
    }

    /** To compare a part of the volume. */
    public static VerifyOrder start(long startBytes, long stopBytes, boolean repair) {
        return new VerifyOrder(Kind.START, startBytes, stopBytes, repair);
    }

    /** To stop. */
    public static VerifyOrder cancel() {
        return new VerifyOrder(Kind.CANCEL, 0, 0, false);
    }

    /** To copy what was found. */
    public static VerifyOrder repairFound() {
        return new VerifyOrder(Kind.REPAIR_FOUND, 0, 0, false);
    }
}
