package dev.rhizome.core.handshake;

import java.util.Locale;

/** A moment as people read it; the core knows no clocks, and so not {@code java.time}. */
final class UtcTime {
    private static final long DAY_SECONDS = 86_400;
    private static final int DAYS_OF_400_YEARS = 146_097;

    /** From the first of March of the year 0 to 1970: leap days are at the end of such years. */
    private static final int DAYS_TO_1970 = 719_468;

    private UtcTime() {}

    /** Milliseconds since 1970, such as {@code 2026-11-26T10:20:30Z}. */
    static String text(long ms) {
        long seconds = Math.floorDiv(ms, 1000);
        long days = Math.floorDiv(seconds, DAY_SECONDS) + DAYS_TO_1970;
        int second = (int) Math.floorMod(seconds, DAY_SECONDS);
        long era = Math.floorDiv(days, DAYS_OF_400_YEARS);
        int day = (int) Math.floorMod(days, (long) DAYS_OF_400_YEARS);
        int year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        int dayOfYear = day - (365 * year + year / 4 - year / 100);
        int fromMarch = (5 * dayOfYear + 2) / 153;
        int dayOfMonth = dayOfYear - (153 * fromMarch + 2) / 5 + 1;
        int month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
        return String.format(
                Locale.ROOT,
                "%04d-%02d-%02dT%02d:%02d:%02dZ",
                era * 400 + year + (month <= 2 ? 1 : 0),
                month,
                dayOfMonth,
                second / 3600,
                second / 60 % 60,
                second % 60);
    }
}
