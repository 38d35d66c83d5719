package dev.rhizome.daemon.screen;

import java.util.Map;

/**
 * What a terminal can show.
 *
 * @param colours whether it has colours
 * @param unicode whether it has more than ASCII
 */
public record Look(boolean colours, boolean unicode) {

    /** When there are colours. */
    public enum When {
        /** On a terminal that has them, unless NO_COLOR says not to. */
        auto,
        always,
        never
    }

    /**
     * Decides.
     *
     * @param variables the environment's: NO_COLOR (https://no-color.org), TERM, and the locale's
     * @param terminal whether the output is a terminal
     */
    public static Look of(When when, Map<String, String> variables, boolean terminal) {
        boolean wanted =
                terminal
                        && variables.getOrDefault("NO_COLOR", "").isEmpty()
                        && !variables.getOrDefault("TERM", "").equals("dumb");
        return new Look(
                switch (when) {
                    case always -> true;
                    case never -> false;
                    case auto -> wanted;
                },
                isUtf8(variables));
    }

    /** As POSIX has it: the first of these that is set counts. */
    private static boolean isUtf8(Map<String, String> variables) {
        for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
            String value = variables.getOrDefault(name, "");
            if (!value.isEmpty()) {
                return value.matches("(?i).*utf-?8.*");
            }
        }
        return false;
    }

    String paint(Style style, String text) {
        return colours ? style.paint(text) : text;
    }
}
