package dev.rhizome.daemon.screen;

import dev.rhizome.daemon.watch.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Colours for the text of {@code rhizome status}; the text itself stays as it is. */
public final class StatusColours {
    private static final Pattern WORDS =
            Pattern.compile(
                    "(?m)(?<name>^[^\\s#]\\S*)"
                            + "|(?<warning>^ +(warning|configuration differs):.*"
                            + "|(?<= )out-of-sync:.*)"
                            + "|(?<bad>^ +suspended:.*|(?<= )down$)"
                            + "|(?<state>(?<=:)[A-Z][A-Za-z]+\\b)");

    private StatusColours() {}

    /** The text with its states in colour, if the terminal has colours. */
    public static String paint(String text, Look look) {
        if (!look.colours()) {
            return text;
        }
        Matcher words = WORDS.matcher(text);
        StringBuilder painted = new StringBuilder();
        while (words.find()) {
            String word = look.paint(style(words), words.group());
            words.appendReplacement(painted, Matcher.quoteReplacement(word));
        }
        return words.appendTail(painted).toString();
    }

    private static Style style(Matcher found) {
        if (found.group("name") != null) {
            return Style.BOLD;
        }
        if (found.group("warning") != null) {
            return Style.WARNING;
        }
        String state = found.group("state");
        return state == null ? Style.BAD : Style.of(Level.ofState(state).label());
    }
}
