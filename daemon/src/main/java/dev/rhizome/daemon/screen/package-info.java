/** What the terminal shows: colours, and the screen of {@code status --watch}. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.screen;
