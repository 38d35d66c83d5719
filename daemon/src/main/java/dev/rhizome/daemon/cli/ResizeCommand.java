package dev.rhizome.daemon.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** {@code rhizome resize}. */
@Command(
        name = "resize",
        description = {
            "Makes the volume larger on both nodes, while it is used. Make both backing devices"
                    + " larger first."
        })
final class ResizeCommand extends ResourceCommand {

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = Size.class,
            description =
                    "The new size in bytes, or with K, M, G or T (1024 each). Without it, as large"
                            + " as both nodes can have it.")
    private long sizeBytes;

    @Option(
            names = "--assume-clean",
            description =
                    "What is new is the same on both backing devices already: leave it as it is."
                            + " Without it, it reads as zeroes.")
    private boolean assumeClean;

    ResizeCommand(Environment environment) {
        super(environment, "resize");
    }

    @Override
    String body() {
        return "{\"size-bytes\":" + sizeBytes + ",\"assume-clean\":" + assumeClean + "}";
    }

    /** A number of bytes, with a unit or without. */
    static final class Size implements ITypeConverter<Long> {
        private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,14})([KMGT])?(?:iB)?");
        private static final String UNITS = "KMGT";
        private static final int UNIT_SHIFT = 10;

        @Override
        public Long convert(String text) {
            Matcher matcher = TEXT.matcher(text);
            if (!matcher.matches()) {
                throw new CommandLine.TypeConversionException(
                        "'" + text + "' is no size; a size is a number, and K, M, G or T");
            }
            long number = Long.parseLong(matcher.group(1));
            String unit = matcher.group(2);
            int shift = unit == null ? 0 : UNIT_SHIFT * (UNITS.indexOf(unit) + 1);
            if (number > Long.MAX_VALUE >> shift) {
                throw new CommandLine.TypeConversionException("'" + text + "' is too large");
            }
            return number << shift;
        }
    }
}
