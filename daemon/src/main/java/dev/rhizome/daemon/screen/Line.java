package dev.rhizome.daemon.screen;

import java.util.ArrayList;
import java.util.List;

/** One line of the screen: pieces of text, each in its style. */
final class Line {
    private record Piece(Style style, String text) {}

    private final List<Piece> pieces = new ArrayList<>();
    private int width;

    Line add(Style style, String text) {
        // A control character of a reason or a name must not reach the terminal.
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        pieces.add(new Piece(style, plain));
        width += plain.length();
        return this;
    }

    Line add(String text) {
        return add(Style.NONE, text);
    }

    /** Blanks up to a column. */
    Line to(int column) {
        return add(" ".repeat(Math.max(0, column - width)));
    }

    /** At most so wide; what is cut off is marked. */
    String text(int columns, Look look) {
        StringBuilder text = new StringBuilder();
        int left = columns;
        for (Piece piece : pieces) {
            boolean fits = piece.text.length() <= left && (width <= columns || left > 1);
            String part = fits ? piece.text : cut(piece.text, left, look);
            text.append(look.paint(piece.style, part));
            left -= part.length();
            if (!fits) {
                break;
            }
        }
        return text.toString().replaceAll(" +$", "");
    }

    private static String cut(String text, int left, Look look) {
        return left <= 0 ? "" : text.substring(0, left - 1) + (look.unicode() ? "…" : "~");
    }
}
