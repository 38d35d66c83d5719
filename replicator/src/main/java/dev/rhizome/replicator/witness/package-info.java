/** A witness as a service: its state file, and whom it serves. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.replicator.witness;
