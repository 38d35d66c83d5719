package dev.rhizome.simulator;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which incidents of a run take place: all, or of some kinds only those that are listed. */
final class Selection {
    /** Everything takes place. */
    static final Selection ALL = new Selection(Map.of());

    /** Of the kinds in it only these; of the others all. */
    private final Map<Cause, NavigableSet<Long>> only;

    private Selection(Map<Cause, NavigableSet<Long>> only) {
        this.only = only;
    }

    /** Only these take place. */
    static Selection only(Collection<Incident> incidents) {
        Map<Cause, NavigableSet<Long>> only = new EnumMap<>(Cause.class);
        for (Cause cause : Cause.values()) {
            only.put(cause, new TreeSet<>());
        }
        for (Incident incident : incidents) {
            only.computeIfAbsent(incident.cause(), absent -> new TreeSet<>())
                    .add(incident.number());
        }
        return new Selection(only);
    }

    /** Of these kinds only the listed incidents take place, of all others everything. */
    static Selection restricted(Map<Cause, NavigableSet<Long>> only) {
        return new Selection(new EnumMap<>(only));
    }

    /** What is listed of a kind; null if all of it takes place. */
    @Nullable NavigableSet<Long> listed(Cause cause) {
        return only.get(cause);
    }

    boolean has(Cause cause, long number) {
        NavigableSet<Long> listed = only.get(cause);
        return listed == null || listed.contains(number);
    }

    /** Whether anything with this number or a later one may take place. */
    boolean hasFrom(Cause cause, long number) {
        NavigableSet<Long> listed = only.get(cause);
        return listed == null || listed.ceiling(number) != null;
    }
}
