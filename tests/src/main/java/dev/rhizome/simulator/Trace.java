package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;

/**
 * What happened: a rolling hash of everything, and the last lines for a person. A line costs no
 * formatting until it is printed.
 */
final class Trace {
    private static final int KEPT = 4096;

    private final Scheduler scheduler;
    private final boolean printing;
    private final String[] texts = new String[KEPT];
    private final long[] numbers = new long[KEPT * 4];
    private long count;
    private long hash = 0xCBF29CE484222325L;

    Trace(Scheduler scheduler, boolean printing) {
        this.scheduler = scheduler;
        this.printing = printing;
    }

    void line(String text, long a, long b, long c) {
        int at = (int) (count++ % KEPT);
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
        for (long at = Math.max(0, count - Math.min(lines, KEPT)); at < count; at++) {
            result.add(format((int) (at % KEPT)));
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
