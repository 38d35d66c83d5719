/** The rhizome command. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.cli;
