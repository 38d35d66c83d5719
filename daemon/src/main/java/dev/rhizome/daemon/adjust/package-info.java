/** Brings a running daemon to its configuration. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.adjust;
