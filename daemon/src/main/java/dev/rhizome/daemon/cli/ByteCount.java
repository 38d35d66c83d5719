package dev.rhizome.daemon.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes on the command line: bytes, or with a unit of a power of 1024. */
final class ByteCount implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15})(?:([KMGT])(?:iB)?)?");
    private static final String UNITS = "KMGT";
    private static final int UNIT_SHIFT = 10;

    @Override
    public Long convert(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'" + text + "' is no number of bytes; write bytes, or such as 512MiB or 2G");
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : UNIT_SHIFT * (UNITS.indexOf(unit) + 1);
        if (number > Long.MAX_VALUE >> shift) {
            throw new TypeConversionException("'" + text + "' is beyond any volume");
        }
        return number << shift;
    }
}
