package dev.rhizome.transport;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Lets a reason into the log when it is new, and then once a minute with how often it came. */
public final class RepeatedReasons {
    private static final long INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int MAX_REASONS = 32;

    private static final class Seen {
        long lastNs;
        int untold;
    }

    private final Map<String, Seen> seen = new LinkedHashMap<>();

    /**
     * Counts a reason.
     *
     * @return how often it came since it was last told, if it is to be told now, else 0
     */
    public int tell(String reason, long nowNs) {
        Seen known = seen.get(reason);
        if (known == null) {
            if (seen.size() >= MAX_REASONS) {
                seen.remove(seen.keySet().iterator().next());
            }
            known = new Seen();
            seen.put(reason, known);
        } else if (nowNs - known.lastNs < INTERVAL_NS) {
            known.untold++;
            return 0;
        }
        known.lastNs = nowNs;
        int times = known.untold + 1;
        known.untold = 0;
        return times;
    }

    /** All is well again: what comes next is news. */
    public void clear() {
        seen.clear();
    }
}
