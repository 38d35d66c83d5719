package dev.rhizome.simulator;

import org.jspecify.annotations.Nullable;

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

    /** Which promise breaks when this runs; an exception that escapes breaks one too. */
    static @Nullable Violation of(Runnable run) {
        try {
            run.run();
            return null;
        } catch (Violation e) {
            return e;
        } catch (RuntimeException | AssertionError | StackOverflowError e) {
            return new Violation(e.getClass().getSimpleName(), e);
        }
    }

    /** Which promise. */
    public String rule() {
        return rule;
    }
}
