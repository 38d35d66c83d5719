package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Delta debugging: leaves out ever smaller parts of a list as long as what must stay true stays
 * true without them.
 */
final class Reduction {

    private Reduction() {}

    /**
     * Makes a list small.
     *
     * @param items what is needed, and more
     * @param attempt whether a part of it is enough: null if not; else that part, or less of it
     */
    static <T> List<T> reduce(List<T> items, Function<List<T>, @Nullable List<T>> attempt) {
        List<T> needed = items;
        int chunk = Math.max(1, items.size());
        while (chunk > 0 && !needed.isEmpty()) {
            boolean less = false;
            int at = 0;
            while (at < needed.size()) {
                List<T> rest = without(needed, at, Math.min(needed.size(), at + chunk));
                List<T> enough = attempt.apply(rest);
                if (enough == null) {
                    at += chunk;
                } else {
                    needed = enough;
                    less = true;
                }
            }
            // What was needed beside something that is gone may be needed no more.
            chunk = chunk == 1 && less ? 1 : chunk / 2;
        }
        return needed;
    }

    private static <T> List<T> without(List<T> items, int from, int to) {
        List<T> rest = new ArrayList<>(items.subList(0, from));
        rest.addAll(items.subList(to, items.size()));
        return rest;
    }
}
