package dev.rhizome.daemon.control;

/** Percentages with two decimals, as DRBD prints them; never 100 before all is done. */
final class Percent {

    private Percent() {}

    static double of(long part, long whole) {
        if (whole <= 0 || part >= whole) {
            return 100;
        }
        return Math.floor(Math.max(0, part) * 10_000.0 / whole) / 100;
    }
}
