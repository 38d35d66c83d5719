package dev.rhizome.core.witness;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that a witness has granted and that has not been released: for each resource and node the
 * generations on which that node may have gone on alone. What is decided here counts only once it
 * is durable; {@link WitnessDesk} sees to that.
 */
public final class WitnessLedger {

    /** How many holdings there may be, over all resources and nodes (INV-17). */
    public static final int MAX_HOLDINGS = 1024;

    /** By resource, then by node. */
    private final TreeMap<String, TreeMap<String, Holding>> resources = new TreeMap<>();

    private int count;

    /**
     * A ledger that holds what was granted before.
     *
     * @param holdings at most {@link #MAX_HOLDINGS}, no two of the same resource and node
     */
    public WitnessLedger(List<Holding> holdings) {
        holdings.forEach(this::put);
        if (count != holdings.size() || count > MAX_HOLDINGS) {
            throw new IllegalArgumentException(holdings.size() + " holdings");
        }
    }

    /**
     * What was decided.
     *
     * @param answer what the asker is told, once what is remembered is durable
     * @param changed whether there is something new to be remembered
     */
    public record Decision(WitnessAnswer answer, boolean changed) {}

    /**
     * A node asks for the right to go on alone.
     *
     * @param node who, by its certificate
     * @param nowMs the time in ms of the Unix epoch, for people
     */
    public Decision grant(String node, WitnessRequest request, long nowMs) {
        Map<String, Holding> nodes = resources.getOrDefault(request.resource(), new TreeMap<>());
        Holding own = nodes.get(node);
        Holding against = against(nodes, node, request.generation());
        boolean others = nodes.size() > (own == null ? 0 : 1);
        WitnessRule rule = WitnessTable.grant(request, own, against, others, count >= MAX_HOLDINGS);
        if (against != null) {
            return new Decision(
                    WitnessAnswer.decided(rule, against.node(), against.sinceMs()), false);
        }
        if (rule.verdict() != Verdict.GRANTED) {
            return new Decision(WitnessAnswer.of(rule), false);
        }
        Holding granted = own == null ? Holding.first(node, request, nowMs) : own.with(request);
        put(granted);
        return new Decision(
                WitnessAnswer.decided(rule, "", granted.sinceMs()), !granted.equals(own));
    }

    /** One that has the generation itself, before one that may have it. */
    private static @Nullable Holding against(
            Map<String, Holding> nodes, String asker, long generation) {
        Holding found = null;
        for (Holding other : nodes.values()) {
            if (!other.node().equals(asker) && other.covers(generation)) {
                if (other.generations().contains(generation)) {
                    return other;
                }
                found = other;
            }
        }
        return found;
    }

    /** A node gives up what it was granted. Others keep theirs. */
    public Decision release(String node, WitnessRequest request) {
        Holding own = holding(request.resource(), node);
        WitnessRule rule = WitnessTable.release(request, own);
        boolean changed = rule == WitnessRule.RELEASED;
        if (changed) {
            remove(request.resource(), node);
        }
        return new Decision(WitnessAnswer.of(rule), changed);
    }

    /**
     * A person vouches that a node is off, or gone for good, and that what it has written alone is
     * lost or not wanted.
     *
     * @return whether it held something
     */
    public boolean forget(String resource, String node) {
        boolean held = holding(resource, node) != null;
        if (held) {
            remove(resource, node);
        }
        return held;
    }

    /** All holdings, in the order of resource and node. */
    public List<Holding> holdings() {
        List<Holding> all = new ArrayList<>(count);
        resources.values().forEach(nodes -> all.addAll(nodes.values()));
        return all;
    }

    /** A part of the list, which begins behind a resource and node. */
    WitnessAnswer list(String afterResource, String afterNode) {
        List<Holding> part = new ArrayList<>();
        for (Map<String, Holding> nodes : resources.tailMap(afterResource, true).values()) {
            for (Holding holding : nodes.values()) {
                boolean behind =
                        !holding.resource().equals(afterResource)
                                || holding.node().compareTo(afterNode) > 0;
                if (behind && part.size() == WitnessCodec.MAX_LISTED) {
                    return WitnessAnswer.listed(part, true);
                }
                if (behind) {
                    part.add(holding);
                }
            }
        }
        return WitnessAnswer.listed(part, false);
    }

    private @Nullable Holding holding(String resource, String node) {
        Map<String, Holding> nodes = resources.get(resource);
        return nodes == null ? null : nodes.get(node);
    }

    private void put(Holding holding) {
        Holding before =
                resources
                        .computeIfAbsent(holding.resource(), none -> new TreeMap<>())
                        .put(holding.node(), holding);
        if (before == null) {
            count++;
        }
    }

    private void remove(String resource, String node) {
        Map<String, Holding> nodes = resources.get(resource);
        if (nodes != null && nodes.remove(node) != null) {
            count--;
            if (nodes.isEmpty()) {
                resources.remove(resource);
            }
        }
    }
}
