package dev.rhizome.daemon.doctor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something that would bite, and what to do about it.
 *
 * @param level how bad it is
 * @param rule the named rule that has found it; stable
 * @param node where; both names if it is between the two
 * @param what is wrong, one line
 * @param cure what to do, one line
 */
public record Diagnosis(Level level, String rule, String node, String what, String cure) {

    /** How bad. */
    public enum Level {
        /** A failover would fail, or lose something. */
        PROBLEM,
        /** It may hurt some day. */
        WARNING
    }

    static Diagnosis problem(String rule, String node, String what, String cure) {
        return new Diagnosis(Level.PROBLEM, rule, node, what, cure);
    }

    static Diagnosis warning(String rule, String node, String what, String cure) {
        return new Diagnosis(Level.WARNING, rule, node, what, cure);
    }

    /** For JSON. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("level", level.name().toLowerCase(java.util.Locale.ROOT));
        tree.put("rule", rule);
        tree.put("node", node);
        tree.put("what", what);
        tree.put("cure", cure);
        return tree;
    }
}
