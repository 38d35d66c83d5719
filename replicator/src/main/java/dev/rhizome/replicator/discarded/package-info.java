/** Changes that are discarded after a split brain, kept in files of their own. */
@NullMarked
package dev.rhizome.replicator.discarded;

import org.jspecify.annotations.NullMarked;
