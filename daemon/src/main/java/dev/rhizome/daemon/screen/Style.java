package dev.rhizome.daemon.screen;

import java.util.Locale;
import picocli.CommandLine.Help.Ansi;

/** How something looks; the first ones are the levels of what is watched. */
enum Style {
    GOOD(Ansi.Style.fg_green),
    BUSY(Ansi.Style.fg_cyan),
    WARNING(Ansi.Style.fg_yellow),
    BAD(Ansi.Style.fg_red, Ansi.Style.bold),
    NONE,
    BOLD(Ansi.Style.bold),
    FAINT(Ansi.Style.faint);

    @SuppressWarnings("ImmutableEnumChecker") // Nobody else has the array.
    private final Ansi.Style[] codes;

    Style(Ansi.Style... codes) {
        this.codes = codes;
    }

    /** The style of a level; one that is not known has none. */
    static Style of(String level) {
        for (Style style : values()) {
            if (style.name().toLowerCase(Locale.ROOT).equals(level)) {
                return style;
            }
        }
        return NONE;
    }

    String paint(String text) {
        if (codes.length == 0 || text.isEmpty()) {
            return text;
        }
        return Ansi.Style.on(codes) + text + Ansi.Style.reset.on();
    }
}
