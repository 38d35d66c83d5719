/** What the daemon prints. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.log;
