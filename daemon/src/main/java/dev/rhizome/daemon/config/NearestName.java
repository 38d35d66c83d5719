package dev.rhizome.daemon.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds what a person may have meant. */
final class NearestName {
    /** A longer list helps nobody. */
    private static final int LISTED = 12;

    private NearestName() {}

    /** A hint such as {@code did you mean "disk"?}, or the list if nothing is near. */
    static String hint(String word, Collection<String> known) {
        if (known.isEmpty()) {
            return "nothing may stand here";
        }
        List<String> nearestFirst = nearestFirst(word, known);
        String nearest = nearestFirst.get(0);
        if (distance(word, nearest) <= Math.max(2, nearest.length() / 2)) {
            return "did you mean \"" + nearest + "\"?";
        }
        return known.size() <= LISTED
                ? "nearest is \"" + nearest + "\", known: " + String.join(", ", known)
                : "near it: " + String.join(", ", nearestFirst.subList(0, LISTED / 2));
    }

    /** Those that have a part of the word in them before those that are only as long. */
    private static List<String> nearestFirst(String word, Collection<String> known) {
        String last = word.substring(word.lastIndexOf('.') + 1);
        return known.stream()
                .distinct()
                .sorted(
                        Comparator.comparing((String name) -> !name.contains(last))
                                .thenComparingInt(name -> distance(word, name)))
                .toList();
    }

    /** Levenshtein's distance: single-character insertions, deletions and substitutions. */
    static int distance(String left, String right) {
        int[] previous = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] current = new int[right.length() + 1];
            current[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int substitution =
                        previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[right.length()];
    }
}
