package dev.rhizome.core;

/**
 * A bug: our own state is wrong. The process halts with the reason and the last events; the other
 * node is there for this.
 */
public final class InvariantViolation extends Error {
    private static final long serialVersionUID = 1L;

    private final String id;

    /**
     * @param id the broken promise
     * @param what what was expected
     */
    public InvariantViolation(String id, String what) {
        super(id + " broken: " + what);
        this.id = id;
    }

    /** The broken promise. */
    public String id() {
        return id;
    }
}
