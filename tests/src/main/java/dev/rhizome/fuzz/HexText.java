package dev.rhizome.fuzz;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/**
 * Bytes as text: two digits a byte; {@code 00*100} is a byte that is repeated; blanks and line ends
 * do not count, and the rest of a line after {@code #} does not either.
 */
public final class HexText {
    private static final int LEAST_REPEATS = 6;
    private static final int LINE_CHARACTERS = 96;

    private HexText() {}

    /** The bytes as text. */
    public static String of(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int lineStart = 0;
        for (int at = 0; at < bytes.length; ) {
            int end = at + 1;
            while (end < bytes.length && bytes[end] == bytes[at]) {
                end++;
            }
            String digits = HexFormat.of().toHexDigits(bytes[at]);
            if (end - at >= LEAST_REPEATS) {
                text.append(' ').append(digits).append('*').append(end - at).append(' ');
                at = end;
            } else {
                text.append(digits);
                at++;
            }
            if (text.length() - lineStart > LINE_CHARACTERS) {
                text.append('\n');
                lineStart = text.length();
            }
        }
        return text.append('\n').toString();
    }

    /**
     * The bytes of a text.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static byte[] parse(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String word : text.replaceAll("#.*", " ").strip().split("\\s+", -1)) {
            int star = word.indexOf('*');
            byte[] value = HexFormat.of().parseHex(star < 0 ? word : word.substring(0, star));
            int times = star < 0 ? 1 : Integer.parseInt(word.substring(star + 1));
            for (int i = 0; i < times; i++) {
                bytes.writeBytes(value);
            }
        }
        return bytes.toByteArray();
    }
}
