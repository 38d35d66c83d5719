package dev.rhizome.simulator;

import org.jspecify.annotations.Nullable;

/** An operator's command to one node of a {@link Pair}. */
public final class PairCommand {
    private final Pair pair;
    private final String what;
    private final long token;
    private @Nullable String rule;
    private String reason = "";
    private boolean accepted;

    PairCommand(Pair pair, String what, long token) {
        this.pair = pair;
        this.what = what;
        this.token = token;
    }

    long token() {
        return token;
    }

    void done(boolean wasAccepted, String byRule, String because) {
        accepted = wasAccepted;
        rule = byRule;
        reason = because;
    }

    /** Whether there is an answer. */
    public boolean answered() {
        return rule != null;
    }

    /** Whether it was carried out. */
    public boolean accepted() {
        return accepted;
    }

    /** Waits for the answer: the rule that has decided. */
    public String rule() {
        pair.until("an answer to " + what, this::answered);
        return rule == null ? "" : rule;
    }

    /** Waits for the answer: one line for a person. */
    public String reason() {
        rule();
        return reason;
    }
}
