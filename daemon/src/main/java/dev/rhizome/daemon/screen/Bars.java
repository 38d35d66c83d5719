package dev.rhizome.daemon.screen;

/** Numbers as characters, each in a cell of its own. */
final class Bars {
    private static final String HEIGHTS = "▁▂▃▄▅▆▇█";
    private static final String PLAIN_HEIGHTS = "_.:-=+*#";
    private static final String SHADES = "·░▒▓█";
    private static final String PLAIN_SHADES = ".-+*#";
    private static final int WHOLE_PERCENT = 100;

    private Bars() {}

    /** The last values as a row of bars of which the highest is as high as can be. */
    static String graph(double[] values, double most, int width, Look look) {
        String heights = look.unicode() ? HEIGHTS : PLAIN_HEIGHTS;
        StringBuilder row = new StringBuilder();
        for (int at = Math.max(0, values.length - width); at < values.length; at++) {
            boolean none = Double.isNaN(values[at]);
            int steps = heights.length();
            int step = most <= 0 || none ? 0 : (int) Math.ceil(values[at] * steps / most);
            row.append(none ? ' ' : heights.charAt(Math.max(1, Math.min(steps, step)) - 1));
        }
        return " ".repeat(Math.max(0, width - row.length())) + row;
    }

    /** How much of a width is full. */
    static String bar(double percent, int width, Look look) {
        int full = (int) Math.round(Math.min(WHOLE_PERCENT, percent) * width / WHOLE_PERCENT);
        return look.unicode()
                ? "█".repeat(full) + "░".repeat(width - full)
                : "#".repeat(full) + ".".repeat(width - full);
    }

    /**
     * Cells by how full each is; where there are too many, each character is the fullest of some.
     */
    static String map(double[] percents, int most, Look look) {
        String shades = look.unicode() ? SHADES : PLAIN_SHADES;
        int together = Math.max(1, (percents.length + most - 1) / most);
        StringBuilder map = new StringBuilder();
        for (int at = 0; at < percents.length; at += together) {
            double fullest = 0;
            for (int cell = at; cell < Math.min(at + together, percents.length); cell++) {
                fullest = Math.max(fullest, percents[cell]);
            }
            int step = (int) Math.ceil(fullest * (shades.length() - 1) / WHOLE_PERCENT);
            map.append(shades.charAt(Math.min(shades.length() - 1, Math.max(0, step))));
        }
        return map.toString();
    }
}
