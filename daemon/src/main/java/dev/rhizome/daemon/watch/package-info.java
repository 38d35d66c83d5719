/** What a person who watches is shown, on a terminal or the status page: computed once, here. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.watch;
