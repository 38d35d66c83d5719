package dev.rhizome.simulator;

/** A broken promise that a checker has seen. */
public final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String rule;

    Violation(String rule, String what) {
        super(rule + ": " + what);
        this.rule = rule;
    }

    Violation(String rule, Throwable cause) {
        super(rule + ": " + cause.getMessage(), cause);
        this.rule = rule;
    }

    /** Which promise. */
    public String rule() {
        return rule;
    }
}
