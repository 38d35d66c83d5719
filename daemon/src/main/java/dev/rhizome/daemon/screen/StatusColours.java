package dev.rhizome.daemon.screen;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Colours for the text of {@code rhizome status}; the text itself stays as it is. */
public final class StatusColours {
    private static final Pattern WORDS =
            Pattern.compile(
                    "(?m)(?<name>^[^\\s#]\\S*)"
                        + "|(?<good>(?<=:)(UpToDate|Connected|Established|Primary)\\b)"
                        + "|(?<busy>(?<=:)(Attaching|Negotiating|StartingSync[ST]|Sync[A-Z]\\w+)\\b)"
                        + "|(?<warning>(?<=:)(Consistent|Outdated|Inconsistent|Connecting|PausedSync[ST])\\b|^"
                        + " +(warning|configuration differs):.*|(?<="
                        + " )out-of-sync:.*)|(?<bad>(?<=:)(Diskless|Failed|StandAlone)\\b|^"
                        + " +suspended:.*|(?<= )down$)");

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
        for (Style style : new Style[] {Style.GOOD, Style.BUSY, Style.WARNING}) {
            if (found.group(style.name().toLowerCase(java.util.Locale.ROOT)) != null) {
                return style;
            }
        }
        return Style.BAD;
    }
}
