package dev.rhizome.simulator;

import dev.rhizome.core.wire.FrameType;

/**
 * What becomes of the link at a certain frame.
 *
 * @param action what is done
 * @param type the frame's type
 * @param countdown how many of them are still to come, this one included
 */
record Trap(Action action, FrameType type, int countdown) {

    enum Action {
        /** The frame and all after it get lost, and the link breaks. */
        LOSE,
        /** The frame arrives, no answer to it does, and the link breaks. */
        CUT_AFTER,
        /** The frame and all after it in its direction are kept back. */
        HOLD
    }

    boolean matches(FrameType sent) {
        return sent == type;
    }

    Trap next() {
        return new Trap(action, type, countdown - 1);
    }
}
