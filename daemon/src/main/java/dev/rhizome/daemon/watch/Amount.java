package dev.rhizome.daemon.watch;

import java.util.Locale;

/** Numbers for people. */
public final class Amount {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    private static final long MICROSECOND_NS = 1_000;
    private static final long MILLISECOND_NS = 1_000_000;
    private static final long SECOND_NS = 1_000_000_000;
    private static final long MINUTE_SECONDS = 60;
    private static final long HOUR_SECONDS = 3600;
    private static final long DAY_SECONDS = 86_400;

    private Amount() {}

    /** Such as 12.3 MiB. */
    public static String bytes(long count) {
        double value = count;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? count + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }

    /** Such as 12.3 MiB/s. */
    static String rate(double bytesPerSecond) {
        return bytes(Math.round(bytesPerSecond)) + "/s";
    }

    /** Such as 0.42 ms. */
    static String time(double ns) {
        if (ns < MILLISECOND_NS) {
            return Math.round(ns / MICROSECOND_NS) + " µs";
        }
        double value = ns < SECOND_NS ? ns / MILLISECOND_NS : ns / SECOND_NS;
        String digits = String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
        return digits + (ns < SECOND_NS ? " ms" : " s");
    }

    /** Such as 3 min 20 s. */
    static String seconds(long seconds) {
        if (seconds < MINUTE_SECONDS) {
            return seconds + " s";
        }
        if (seconds < HOUR_SECONDS) {
            return seconds / MINUTE_SECONDS + " min " + seconds % MINUTE_SECONDS + " s";
        }
        long minutes = seconds / MINUTE_SECONDS;
        return seconds < DAY_SECONDS
                ? minutes / 60 + " h " + minutes % 60 + " min"
                : seconds / DAY_SECONDS + " d " + seconds % DAY_SECONDS / HOUR_SECONDS + " h";
    }
}
