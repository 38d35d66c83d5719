package dev.rhizome.simulator;

import java.io.PrintStream;
import java.util.function.Supplier;

/** A line that says how far it is: in place on a terminal, now and then anywhere else. */
final class Progress {
    private static final long ON_TERMINAL_NS = 500_000_000;
    private static final long ELSEWHERE_NS = 10_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private final long startNs = System.nanoTime();
    private long nextNs;
    private int shown;

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        nextNs = startNs + (terminal ? ON_TERMINAL_NS : ELSEWHERE_NS);
    }

    /** Since it began. */
    double seconds() {
        return (System.nanoTime() - startNs) / 1e9;
    }

    /** Shows the line if it is time. */
    void show(Supplier<String> line) {
        long nowNs = System.nanoTime();
        if (nowNs < nextNs) {
            return;
        }
        nextNs = nowNs + (terminal ? ON_TERMINAL_NS : ELSEWHERE_NS);
        String text = line.get();
        if (!terminal) {
            out.println(text);
            return;
        }
        out.print("\r" + text + " ".repeat(Math.max(0, shown - text.length())));
        out.flush();
        shown = text.length();
    }

    /** Leaves the terminal's line free for what comes next. */
    void end() {
        if (shown > 0) {
            out.print("\r" + " ".repeat(shown) + "\r");
            out.flush();
            shown = 0;
        }
    }
}
