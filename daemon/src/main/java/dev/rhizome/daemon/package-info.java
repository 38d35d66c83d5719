/** The composition root: configuration, control API and the rhizome command. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon;
