package dev.rhizome.daemon.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Online verify: the verb that compares both nodes' data while they serve. */
@Command(
        name = "verify",
        description = {
            "Compares this node's data with its peer's, block by block, while both are UpToDate"
                    + " and serve. Begins and returns; 'rhizome status' shows how far it is and"
                    + " what differs. It runs on the Primary, or where there is none."
        })
final class VerifyCommand extends ResourceCommand {

    /** Bytes, or a number with a unit. */
    static final class Position implements ITypeConverter<Long> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,15})(|KiB|MiB|GiB|TiB)");

        @Override
        public Long convert(String value) {
            Matcher matcher = FORM.matcher(value);
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "'" + value + "' is no position; write bytes, or such as 512MiB or 1TiB");
            }
            int shift =
                    switch (matcher.group(2)) {
                        case "KiB" -> 10;
                        case "MiB" -> 20;
                        case "GiB" -> 30;
                        case "TiB" -> 40;
                        default -> 0;
                    };
            long number = Long.parseLong(matcher.group(1));
            if (number > Long.MAX_VALUE >> shift) {
                throw new TypeConversionException("'" + value + "' is beyond any volume");
            }
            return number << shift;
        }
    }

    @ArgGroup private @Nullable Mode mode;

    /** At most one of them. */
    static final class Mode {
        @ArgGroup(exclusive = false)
        private @Nullable Walk walk;

        @Option(
                names = "--repair-found",
                description =
                        "Copy what an earlier verify of this node has found to the peer, without"
                                + " comparing anew.")
        private boolean repairFound;

        @Option(
                names = "--cancel",
                description = "End the verify that is running; what it has found stays marked.")
        private boolean cancel;
    }

    /** How to compare. */
    static final class Walk {
        @Option(
                names = "--start",
                paramLabel = "POSITION",
                converter = Position.class,
                description = "From this byte of the volume on; KiB, MiB, GiB and TiB are known.")
        private long start;

        @Option(
                names = "--stop",
                paramLabel = "POSITION",
                converter = Position.class,
                description = "Up to this byte; default: the volume's end.")
        private long stop;

        @Option(
                names = "--repair",
                description =
                        "At the end, copy this node's data to the peer where they differ. The"
                                + " peer is Inconsistent meanwhile.")
        private boolean repair;
    }

    VerifyCommand(Environment environment) {
        super(environment, "verify");
    }

    @Override
    String body() {
        Mode asked = mode == null ? new Mode() : mode;
        if (asked.cancel) {
            return "{\"cancel\":true}";
        }
        if (asked.repairFound) {
            return "{\"repair-found\":true}";
        }
        Walk walk = asked.walk == null ? new Walk() : asked.walk;
        return "{\"start\":"
                + walk.start
                + ",\"stop\":"
                + walk.stop
                + ",\"repair\":"
                + walk.repair
                + "}";
    }
}
