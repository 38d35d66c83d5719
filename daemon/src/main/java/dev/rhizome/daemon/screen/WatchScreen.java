package dev.rhizome.daemon.screen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The screen of {@code status --watch}, line by line, from what the daemon says. */
public final class WatchScreen {
    private static final int INDENT = 4;
    private static final int NAME_COLUMN = 20;
    private static final int ROLE_COLUMN = 31;
    private static final int DISK_COLUMN = 45;
    private static final int VALUE_COLUMN = 27;
    private static final int GRAPH_COLUMN = 40;
    private static final int MOST_WIDTH = 17;
    private static final int LEAST_GRAPH = 8;
    private static final int MAP_ROWS = 2;
    private static final int EVENTS = 3;
    private static final int MOST_POINTS = 60;

    private final int columns;
    private final Look look;
    private final List<Line> lines = new ArrayList<>();

    private WatchScreen(int columns, Look look) {
        this.columns = columns;
        this.look = look;
    }

    /**
     * Draws.
     *
     * @param watch what GET /v1/watch has answered
     * @param resource only this one; empty for all
     * @param problem why it is not newer; empty if it is
     */
    public static List<String> draw(
            Map<?, ?> watch, String resource, String problem, int columns, int rows, Look look) {
        WatchScreen screen = new WatchScreen(columns, look);
        screen.all(new Tree(watch), resource, problem);
        List<String> text =
                new ArrayList<>(
                        screen.lines.stream().map(line -> line.text(columns, look)).toList());
        if (text.size() > rows && rows > 1) {
            int hidden = text.size() - rows + 1;
            Line more = new Line().add(Style.FAINT, hidden + " more lines: enlarge the window");
            text = new ArrayList<>(text.subList(0, rows - 1));
            text.add(more.text(columns, look));
        }
        return text;
    }

    private Line line() {
        Line line = new Line();
        lines.add(line);
        return line;
    }

    private void all(Tree watch, String resource, String problem) {
        String time = watch.text("time").replaceAll(".*T|Z$", "") + " UTC";
        line().add(Style.BOLD, "Rhizome on " + watch.text("node"))
                .to(columns - time.length())
                .add(Style.FAINT, time);
        if (!problem.isEmpty()) {
            line().add(Style.BAD, "Old: " + problem);
        }
        for (Tree each : watch.trees("resources")) {
            if (resource.isEmpty() || each.text("name").equals(resource)) {
                line();
                resource(each);
            }
        }
        line();
        line().add(Style.FAINT, "q or Ctrl-C ends");
    }

    private void resource(Tree resource) {
        Tree verdict = resource.tree("verdict");
        Style style = Style.of(verdict.text("level"));
        line().add(style, mark(style))
                .add(" ")
                .add(Style.BOLD, resource.text("name"))
                .add("  ")
                .add(style, verdict.text("title"));
        wrapped(verdict.text("detail"));
        if (!resource.has("nodes")) {
            return;
        }
        nodes(resource);
        resource.texts("notes").forEach(note -> wrapped("! " + note));
        resource.trees("progress").forEach(this::progress);
        resource.trees("series").forEach(this::series);
        map(resource);
        List<Tree> events = resource.trees("events");
        for (Tree event : events.subList(Math.max(0, events.size() - EVENTS), events.size())) {
            String text = event.text("reason") + " (" + event.text("rule") + ")";
            line().to(INDENT).add(Style.FAINT, text);
        }
    }

    private String mark(Style style) {
        return switch (style) {
            case GOOD -> look.unicode() ? "✓" : "+";
            case BUSY -> look.unicode() ? "↻" : "~";
            case BAD -> look.unicode() ? "✗" : "X";
            default -> "!";
        };
    }

    private void nodes(Tree resource) {
        Tree link = resource.tree("link");
        for (Tree node : resource.trees("nodes")) {
            state(
                            state(
                                            line().to(INDENT)
                                                    .add(node.text("name"))
                                                    .to(NAME_COLUMN),
                                            node.tree("role"))
                                    .to(ROLE_COLUMN),
                            node.tree("disk"))
                    .to(DISK_COLUMN)
                    .add(Style.FAINT, node.text("place"));
        }
        Line line = line().to(INDENT).add("link").to(NAME_COLUMN);
        state(line, link.tree("connection")).to(ROLE_COLUMN);
        if (!link.tree("replication").text("text").equals("Off")) {
            state(line, link.tree("replication")).to(DISK_COLUMN);
        }
        line.add(Style.FAINT, link.text("text"));
    }

    private static Line state(Line line, Tree state) {
        return line.add(Style.of(state.text("level")), state.text("text"));
    }

    private void progress(Tree progress) {
        String done = progress.text("percent") + " %, " + progress.text("text");
        wrapped(progress.text("title") + ": " + done);
        int width = Math.max(LEAST_GRAPH, columns - 2 * INDENT);
        line().to(INDENT).add(Style.BUSY, Bars.bar(progress.number("percent"), width, look));
    }

    private void series(Tree series) {
        int width = columns - GRAPH_COLUMN - MOST_WIDTH;
        String now = series.text("now");
        Line line =
                line().to(INDENT)
                        .add(series.text("title"))
                        .to(VALUE_COLUMN)
                        .add(Style.BOLD, now.isEmpty() ? "-" : now)
                        .to(GRAPH_COLUMN);
        if (width >= LEAST_GRAPH) {
            double[] values = series.numbers("values");
            line.add(
                    Style.BUSY,
                    Bars.graph(
                            values,
                            series.number("most-value"),
                            Math.min(width, MOST_POINTS),
                            look));
            line.add(Style.FAINT, "  max " + series.text("most"));
        }
    }

    private void map(Tree resource) {
        Tree map = resource.tree("map");
        line().to(INDENT)
                .add("Out of sync")
                .to(VALUE_COLUMN)
                .add(Style.BOLD, resource.text("out-of-sync"))
                .to(GRAPH_COLUMN)
                .add(Style.FAINT, map.text("text"));
        int width = Math.max(LEAST_GRAPH, columns - 2 * INDENT);
        String cells = Bars.map(map.numbers("percents"), MAP_ROWS * width, look);
        for (int at = 0; at < cells.length(); at += width) {
            String row = cells.substring(at, Math.min(at + width, cells.length()));
            line().to(INDENT).add(Style.WARNING, row);
        }
    }

    /** Words over as many lines as they need. */
    private void wrapped(String text) {
        Line line = null;
        int used = 0;
        for (String word : text.split(" ", -1)) {
            if (word.isEmpty()) {
                continue;
            }
            if (line == null || used + 1 + word.length() > columns) {
                line = line().to(INDENT).add(word);
                used = INDENT + word.length();
            } else {
                line.add(" " + word);
                used += 1 + word.length();
            }
        }
    }
}
