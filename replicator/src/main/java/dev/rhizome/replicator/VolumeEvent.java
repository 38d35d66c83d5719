package dev.rhizome.replicator;

/**
 * One decision or change.
 *
 * @param rule the named rule, as in logs and metrics; stable
 * @param reason one line for a person
 */
public record VolumeEvent(String rule, String reason) {}
