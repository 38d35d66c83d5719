package dev.rhizome.core.witness;

import java.util.List;

/**
 * What a witness says, or why it says nothing.
 *
 * @param verdict what comes of it
 * @param rule the rule's name; empty where none decided
 * @param holder who has the right, if another node has it; else empty
 * @param sinceMs since when, in ms of the Unix epoch; 0 if nobody has it
 * @param reason one line for a person
 * @param holdings a part of the list, in the order of resource and node
 * @param more whether there are further ones behind them
 */
public record WitnessAnswer(
        Verdict verdict,
        String rule,
        String holder,
        long sinceMs,
        String reason,
        List<Holding> holdings,
        boolean more) {

    /** Copies the list. */
    public WitnessAnswer {
        holdings = List.copyOf(holdings);
    }

    /** A decision without a holder. */
    static WitnessAnswer of(WitnessRule rule) {
        return decided(rule, "", 0);
    }

    static WitnessAnswer decided(WitnessRule rule, String holder, long sinceMs) {
        return new WitnessAnswer(
                rule.verdict(), rule.label(), holder, sinceMs, rule.meaning(), List.of(), false);
    }

    static WitnessAnswer listed(List<Holding> holdings, boolean more) {
        return new WitnessAnswer(Verdict.LISTED, "", "", 0, "", holdings, more);
    }

    /** Whose certificate is not taken any more is not served. */
    public static WitnessAnswer revoked() {
        return of(WitnessRule.REVOKED);
    }

    /** A refusal of what was not understood. */
    public static WitnessAnswer notUnderstood(String problem) {
        return new WitnessAnswer(
                Verdict.REFUSED,
                WitnessRule.NOT_UNDERSTOOD.label(),
                "",
                0,
                problem,
                List.of(),
                false);
    }

    /** There is no answer. */
    public static WitnessAnswer unreachable(String reason) {
        return new WitnessAnswer(Verdict.UNREACHABLE, "", "", 0, reason, List.of(), false);
    }

    /** The whole list, of its parts. */
    public static WitnessAnswer wholeList(List<Holding> holdings) {
        return listed(holdings, false);
    }
}
