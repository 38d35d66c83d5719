package dev.rhizome.core.witness;

import java.util.ArrayList;
import java.util.List;

/**
 * What one node has been granted of one resource since it last released it. Immutable.
 *
 * @param resource the resource's name
 * @param node who
 * @param sinceMs when the first of the generations was granted, in ms of the Unix epoch; for people
 *     only
 * @param session which process of the node asked last
 * @param ask the number of that ask in its session
 * @param generations on which the node may have gone on alone, oldest first, at most {@link
 *     #MAX_GENERATIONS}
 * @param uncounted whether there are more than that; they are all taken to be its own
 */
public record Holding(
        String resource,
        String node,
        long sinceMs,
        long session,
        long ask,
        List<Long> generations,
        boolean uncounted) {

    /** How many generations are remembered. */
    public static final int MAX_GENERATIONS = 64;

    /** Copies the generations. */
    public Holding {
        if (generations.size() > MAX_GENERATIONS) {
            throw new IllegalArgumentException(generations.size() + " generations");
        }
        generations = List.copyOf(generations);
    }

    static Holding first(String node, WitnessRequest request, long nowMs) {
        return new Holding(
                request.resource(),
                node,
                nowMs,
                request.session(),
                request.ask(),
                List.of(request.generation()),
                false);
    }

    /** Whether nobody else may go on alone on a generation. */
    boolean covers(long generation) {
        return uncounted || generations.contains(generation);
    }

    /** With one more ask, and its generation. */
    Holding with(WitnessRequest request) {
        List<Long> more = generations;
        boolean overflow = uncounted;
        if (!generations.contains(request.generation())) {
            if (generations.size() == MAX_GENERATIONS) {
                overflow = true;
            } else {
                more = new ArrayList<>(generations);
                more.add(request.generation());
            }
        }
        return new Holding(
                resource, node, sinceMs, request.session(), request.ask(), more, overflow);
    }
}
