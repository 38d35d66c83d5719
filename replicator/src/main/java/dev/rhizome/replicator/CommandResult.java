package dev.rhizome.replicator;

/**
 * The answer to a command.
 *
 * @param accepted whether it was carried out (or there was nothing to do)
 * @param rule the named rule that decided, as in logs and metrics; stable
 * @param reason one line for a person: what happened, or why not and what to do
 */
public record CommandResult(boolean accepted, String rule, String reason) {}
