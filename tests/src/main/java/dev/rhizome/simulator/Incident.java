package dev.rhizome.simulator;

/**
 * One fault or operation of a run, by a number that stays the same whatever else is left out.
 *
 * @param cause its kind
 * @param number counted per kind, and per node where each has its own count (see {@link #of})
 */
record Incident(Cause cause, long number) {

    /** The number of a node's n-th. */
    static long of(int side, long n) {
        return n << 1 | side;
    }

    /** As a replay file has it: "kill 17", "disk-stall A3". */
    String text() {
        return cause.label() + " " + numberText(cause, number);
    }

    static String numberText(Cause cause, long number) {
        if (!cause.perSide()) {
            return Long.toString(number);
        }
        return ((number & 1) == 0 ? "A" : "B") + (number >>> 1);
    }

    /**
     * Reads what {@link #numberText} has written.
     *
     * @throws NumberFormatException if it is something else
     */
    static long parseNumber(Cause cause, String text) {
        if (!cause.perSide()) {
            return Long.parseLong(text);
        }
        if (!text.startsWith("A") && !text.startsWith("B")) {
            throw new NumberFormatException(text);
        }
        return of(text.charAt(0) - 'A', Long.parseLong(text.substring(1)));
    }
}
