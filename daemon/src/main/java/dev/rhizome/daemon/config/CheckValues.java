package dev.rhizome.daemon.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The values of the options about comparisons of the nodes' data. */
final class CheckValues {
    private static final Pattern RATE = Pattern.compile("(\\d{1,6}) *(KiB|MiB|GiB)");
    private static final long LEAST_RATE = 64 << 10;

    /** Whether there are checksums. */
    static final ValueType<Boolean> ALGORITHM =
            new ValueType<>("none, sha256", CheckValues::algorithm);

    /** Bytes a second. */
    static final ValueType<Long> RATE_OR_NONE =
            new ValueType<>("0, or bytes a second, 64KiB to 999999GiB", CheckValues::rate);

    private CheckValues() {}

    private static boolean algorithm(Object raw) throws BadValue {
        return switch (String.valueOf(raw)) {
            case "none" -> false;
            case "sha256" -> true;
            default -> throw new BadValue("\"" + raw + "\" is not known; write none or sha256");
        };
    }

    private static long rate(Object raw) throws BadValue {
        String text = String.valueOf(raw);
        if (text.equals("0")) {
            return 0;
        }
        Matcher matcher = RATE.matcher(text);
        if (!matcher.matches()) {
            throw new BadValue("\"" + text + "\" is no rate; write 0, or such as 500KiB or 100MiB");
        }
        int shift =
                switch (matcher.group(2)) {
                    case "KiB" -> 10;
                    case "MiB" -> 20;
                    default -> 30;
                };
        long value = Long.parseLong(matcher.group(1)) << shift;
        if (value < LEAST_RATE) {
            throw new BadValue("\"" + text + "\" is less than 64KiB");
        }
        return value;
    }
}
