package dev.rhizome.core.command;

import org.jspecify.annotations.Nullable;

/** A command that takes several steps. */
interface Procedure {

    /** Goes as far as it can now; the outcome once it has ended, else null. */
    @Nullable Outcome progress();
}
