package dev.rhizome.core.command;

import dev.rhizome.core.resync.SyncPause;

/** Pausing resyncs, and taking that back. Neither waits for other commands. */
final class Pausing {
    private final SyncPause pause;

    Pausing(SyncPause pause) {
        this.pause = pause;
    }

    Outcome pause() {
        if (pause.byUser()) {
            return Outcome.refused("pause-is-set", "this node has paused resyncs already");
        }
        pause.byUser(true);
        return Outcome.done("pause-sync", "resyncs are paused; 'resume-sync' on this node ends it");
    }

    Outcome resume() {
        if (!pause.byUser()) {
            return Outcome.refused(
                    "pause-is-clear",
                    pause.byPeer()
                            ? "the peer has paused resyncs, not this node: resume-sync there"
                            : "this node has not paused resyncs");
        }
        pause.byUser(false);
        String left = pause.byPeer() ? "; the peer still pauses them: resume-sync there" : "";
        return Outcome.done("resume-sync", "this node does not pause resyncs any more" + left);
    }
}
