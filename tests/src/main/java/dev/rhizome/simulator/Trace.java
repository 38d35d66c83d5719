package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;

/**
 * What happened: a rolling hash of everything, and the last lines for a person. A line costs no
 * formatting until it is printed.
 */
final class Trace {
    /** The lines that a run keeps for a person. */
    static final int LINES = 4096;

    private final Scheduler scheduler;
    private final boolean printing;
    private final int kept;
    private final String[] texts;
    private final long[] numbers;
    private long count;
    private long hash = 0xCBF29CE484222325L;

    Trace(Scheduler scheduler, boolean printing, int kept) {
        this.scheduler = scheduler;
        this.printing = printing;
        this.kept = kept;
        texts = new String[kept];
        numbers = new long[kept * 4];
    }

    void line(String text, long a, long b, long c) {
        int at = (int) (count++ % kept);
        texts[at] = text;
        numbers[at * 4] = scheduler.nowNs();
        numbers[at * 4 + 1] = a;
        numbers[at * 4 + 2] = b;
        numbers[at * 4 + 3] = c;
        hash = (hash ^ text.hashCode()) * 0x100000001B3L;
        for (int i = 0; i < 4; i++) {
            hash = (hash ^ numbers[at * 4 + i]) * 0x100000001B3L;
        }
        if (printing) {
            System.out.println(format(at));
        }
    }

    long hash() {
        return hash;
    }

    /** The last lines, oldest first. */
    List<String> last(int lines) {
        List<String> result = new ArrayList<>();
        for (long at = Math.max(0, count - Math.min(lines, kept)); at < count; at++) {
            result.add(format((int) (at % kept)));
        }
        return result;
    }

    private String format(int at) {
        return String.format(
                "%12.6f  %s  %d %d %d",
                numbers[at * 4] / 1e9,
                texts[at],
                numbers[at * 4 + 1],
                numbers[at * 4 + 2],
                numbers[at * 4 + 3]);
    }
}
