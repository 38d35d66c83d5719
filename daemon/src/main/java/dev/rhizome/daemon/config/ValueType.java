package dev.rhizome.daemon.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What may stand behind an option's equals sign.
 *
 * @param description the type, unit and range, for a person
 * @param parser makes the value from what HOCON has read: a String, Number or Boolean
 * @param list whether it may be a list of them
 */
record ValueType<T>(String description, Parser<T> parser, boolean list) {

    ValueType(String description, Parser<T> parser) {
        this(description, parser, false);
    }

    /** Turns what was written into a value. */
    @FunctionalInterface
    interface Parser<T> {
        T parse(Object raw) throws BadValue;
    }

    /** A unix socket's address has 108 bytes; some are left for a temporary suffix. */
    private static final int MAX_SOCKET_PATH_BYTES = 100;

    private static final String NONE = "none";
    private static final String INTERNAL = "internal";
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}) *([a-z]*)");
    private static final Pattern RATE = Pattern.compile("(\\d{1,9}) *([A-Za-z]*)");
    private static final Pattern ADDRESS =
            Pattern.compile(
                    "(?:\\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)]|(\\d+(?:\\.\\d+){3})):(\\d{1,5})");
    private static final long LEAST_RATE = 64 << 10;
    private static final int MAX_PORT = 65_535;

    private static final Pattern NODE_NAME_PATTERN =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    static final ValueType<String> NODE_NAME =
            new ValueType<>("a node's name", ValueType::nodeName);

    static final ValueType<Path> ABSOLUTE_PATH =
            new ValueType<>("absolute path", ValueType::absolutePath);

    static final ValueType<Path> SOCKET_PATH =
            new ValueType<>(
                    "absolute path of at most " + MAX_SOCKET_PATH_BYTES + " bytes",
                    ValueType::socketPath);

    static final ValueType<Optional<Path>> OPTIONAL_SOCKET_PATH =
            new ValueType<>(
                    SOCKET_PATH.description + ", or none",
                    raw -> raw.equals(NONE) ? Optional.empty() : Optional.of(socketPath(raw)));

    static final ValueType<Optional<Path>> PATH_OR_INTERNAL =
            new ValueType<>(
                    "internal, or " + ABSOLUTE_PATH.description,
                    raw ->
                            raw.equals(INTERNAL)
                                    ? Optional.empty()
                                    : Optional.of(absolutePath(raw)));

    static final ValueType<Optional<Path>> OPTIONAL_PATH =
            new ValueType<>(
                    ABSOLUTE_PATH.description + ", or none",
                    raw -> raw.equals(NONE) ? Optional.empty() : Optional.of(absolutePath(raw)));

    static final ValueType<InetSocketAddress> ADDRESS_AND_PORT =
            new ValueType<>("\"IPv4:PORT\" or \"[IPv6]:PORT\"", ValueType::address);

    /** Over one network, or two. */
    static final ValueType<List<InetSocketAddress>> ADDRESSES =
            new ValueType<>(
                    ADDRESS_AND_PORT.description + ", or a list of two",
                    ValueType::addresses,
                    true);

    static final ValueType<Optional<InetSocketAddress>> OPTIONAL_ADDRESS_AND_PORT =
            new ValueType<>(
                    ADDRESS_AND_PORT.description + ", or none",
                    raw -> raw.equals(NONE) ? Optional.empty() : Optional.of(address(raw)));

    static final ValueType<Optional<InetSocketAddress>> OPTIONAL_LOOPBACK =
            new ValueType<>(
                    "\"127.0.0.1:PORT\" or \"[::1]:PORT\", or none",
                    raw -> raw.equals(NONE) ? Optional.empty() : Optional.of(loopback(raw)));

    static final ValueType<Boolean> BOOLEAN = new ValueType<>("true or false", ValueType::bool);

    static <T> ValueType<T> oneOf(T[] values, Function<T, String> label) {
        List<String> labels = Arrays.stream(values).map(label).toList();
        return new ValueType<>(
                String.join(", ", labels),
                raw -> {
                    int index = labels.indexOf(String.valueOf(raw));
                    if (index < 0) {
                        String hint = NearestName.hint(String.valueOf(raw), labels);
                        throw new BadValue(show(raw) + " is none of them; " + hint);
                    }
                    return values[index];
                });
    }

    static ValueType<Integer> integer(int least, int most) {
        return new ValueType<>(
                "integer, " + least + " to " + most, raw -> parseInteger(raw, least, most));
    }

    private static int parseInteger(Object raw, int least, int most) throws BadValue {
        long value;
        try {
            value = Long.parseLong(String.valueOf(raw));
        } catch (NumberFormatException e) {
            throw new BadValue(show(raw) + " is not an integer");
        }
        if (value < least || value > most) {
            throw new BadValue(show(raw) + " is not from " + least + " to " + most);
        }
        return (int) value;
    }

    static ValueType<Duration> duration(Duration least, Duration most) {
        return new ValueType<>(
                "duration, " + print(least) + " to " + print(most),
                raw -> parseDuration(raw, least, most));
    }

    /** Bytes a second, as a long. */
    static ValueType<Long> rate(long least) {
        String zero = least == 0 ? "0, or " : "";
        return new ValueType<>(
                zero + "bytes a second, 64KiB to 999999999GiB", raw -> parseRate(raw, least));
    }

    private static long parseRate(Object raw, long least) throws BadValue {
        Matcher matcher = RATE.matcher(String.valueOf(raw));
        if (!matcher.matches()) {
            throw new BadValue(show(raw) + " is not a rate, such as 500KiB, 10MiB or 1GiB");
        }
        long number = Long.parseLong(matcher.group(1));
        if (number == 0 && least == 0) {
            return 0;
        }
        long value =
                switch (matcher.group(2)) {
                    case "K", "KiB" -> number << 10;
                    case "M", "MiB" -> number << 20;
                    case "G", "GiB" -> number << 30;
                    case "" -> throw new BadValue(number + " has no unit; write KiB, MiB or GiB");
                    default ->
                            throw new BadValue(
                                    "the unit \""
                                            + matcher.group(2)
                                            + "\" is not known; write KiB, MiB or GiB");
                };
        if (value < LEAST_RATE) {
            throw new BadValue(raw + " is less than 64KiB");
        }
        return value;
    }

    private static String nodeName(Object raw) throws BadValue {
        if (!NODE_NAME_PATTERN.matcher(String.valueOf(raw)).matches()) {
            throw new BadValue(
                    show(raw)
                            + " is not 1 to 63 letters, digits, dots, hyphens or underscores,"
                            + " starting with a letter or digit");
        }
        return String.valueOf(raw);
    }

    private static Path absolutePath(Object raw) throws BadValue {
        if (!(raw instanceof String text) || text.isEmpty()) {
            throw new BadValue(show(raw) + " is not a path");
        }
        try {
            Path path = Path.of(text);
            if (!path.isAbsolute()) {
                throw new BadValue(show(raw) + " is not an absolute path");
            }
            return path.normalize();
        } catch (InvalidPathException e) {
            throw new BadValue(show(raw) + " is not a path");
        }
    }

    private static Path socketPath(Object raw) throws BadValue {
        Path path = absolutePath(raw);
        int lengthBytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (lengthBytes > MAX_SOCKET_PATH_BYTES) {
            throw new BadValue(
                    "a socket's path may have at most "
                            + MAX_SOCKET_PATH_BYTES
                            + " bytes, this one has "
                            + lengthBytes);
        }
        return path;
    }

    private static List<InetSocketAddress> addresses(Object raw) throws BadValue {
        if (!(raw instanceof List<?> several)) {
            return List.of(address(raw));
        }
        if (several.size() != 2) {
            throw new BadValue("a list of " + several.size() + " is not a list of two");
        }
        return List.of(address(several.get(0)), address(several.get(1)));
    }

    private static InetSocketAddress address(Object raw) throws BadValue {
        Matcher matcher = ADDRESS.matcher(String.valueOf(raw));
        if (!matcher.matches()) {
            throw new BadValue(
                    show(raw)
                            + " is not a numeric address and port,"
                            + " such as \"192.168.7.1:7790\" or \"[fd00::1]:7790\"");
        }
        int port = Integer.parseInt(matcher.group(3));
        if (port < 1 || port > MAX_PORT) {
            throw new BadValue("port " + port + " is not between 1 and " + MAX_PORT);
        }
        boolean six = matcher.group(1) != null;
        String host = six ? matcher.group(1) : matcher.group(2);
        if (!six) {
            for (String octet : host.split("\\.", -1)) {
                if (octet.length() > 3 || Integer.parseInt(octet) > 255) {
                    throw new BadValue(show(host) + " is not an IPv4 address");
                }
            }
        }
        try {
            // Never a name look-up: only digits, dots and colons get here.
            return new InetSocketAddress(
                    InetAddress.getByName(six ? "[" + host + "]" : host), port);
        } catch (UnknownHostException e) {
            throw new BadValue(show(host) + " is not an IPv6 address");
        }
    }

    private static InetSocketAddress loopback(Object raw) throws BadValue {
        InetSocketAddress address = address(raw);
        if (!address.getAddress().isLoopbackAddress()) {
            throw new BadValue(
                    show(raw)
                            + " can be reached from other machines; use a loopback address, and a"
                            + " proxy that asks who it is");
        }
        return address;
    }

    private static boolean bool(Object raw) throws BadValue {
        return switch (String.valueOf(raw).toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw new BadValue(show(raw) + " is neither true nor false");
        };
    }

    private static Duration parseDuration(Object raw, Duration least, Duration most)
            throws BadValue {
        Matcher matcher = DURATION.matcher(String.valueOf(raw));
        if (!matcher.matches()) {
            throw new BadValue(show(raw) + " is not a duration, such as 2500ms, 2s or 1min");
        }
        long number = Long.parseLong(matcher.group(1));
        Duration value =
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "min" -> Duration.ofMinutes(number);
                    case "" -> throw new BadValue(number + " has no unit; write ms, s or min");
                    default ->
                            throw new BadValue(
                                    "the unit \""
                                            + matcher.group(2)
                                            + "\" is not known; write ms, s or min");
                };
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new BadValue(raw + " is out of range: " + print(least) + " to " + print(most));
        }
        return value;
    }

    private static String print(Duration duration) {
        long milliseconds = duration.toMillis();
        return milliseconds % 1000 == 0 ? milliseconds / 1000 + "s" : milliseconds + "ms";
    }

    private static String show(Object raw) {
        return raw instanceof String ? "\"" + raw + "\"" : String.valueOf(raw);
    }
}
