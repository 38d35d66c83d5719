package dev.rhizome.core.command;

/**
 * How a command ended.
 *
 * @param accepted whether it was carried out, or there was nothing to do
 * @param rule the named rule that decided
 * @param reason one line for a person
 */
record Outcome(boolean accepted, String rule, String reason) {

    static Outcome done(String rule, String reason) {
        return new Outcome(true, rule, reason);
    }

    static Outcome refused(String rule, String reason) {
        return new Outcome(false, rule, reason);
    }
}
