package dev.rhizome.replicator;

/**
 * One thing that a check of metadata has found.
 *
 * @param damage whether it is not as it must be
 * @param text one line for a person: what is so, what the daemon does with it, what to do
 */
public record MetadataFinding(boolean damage, String text) {}
