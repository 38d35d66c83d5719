package dev.rhizome.daemon.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The verbs that are about resyncs. */
final class SyncCommands {

    private SyncCommands() {}

    @Command(
            name = "pause-sync",
            description =
                    "Pauses resyncs, the running one and later ones, until resume-sync on this node"
                            + " or the end of the daemon. Writes are mirrored meanwhile.")
    static final class PauseSync extends ResourceCommand {
        PauseSync(Environment environment) {
            super(environment, "pause-sync");
        }
    }

    @Command(name = "resume-sync", description = "Ends what pause-sync on this node has begun.")
    static final class ResumeSync extends ResourceCommand {
        ResumeSync(Environment environment) {
            super(environment, "resume-sync");
        }
    }

    @Command(
            name = "invalidate",
            description =
                    "Gives this node's data up: all of the peer's is copied anew. A Primary needs a"
                            + " connected peer that is UpToDate.")
    static final class Invalidate extends ResourceCommand {
        Invalidate(Environment environment) {
            super(environment, "invalidate");
        }
    }

    @Command(
            name = "invalidate-remote",
            description =
                    "Has the connected peer give its data up: all of this node's is copied anew.")
    static final class InvalidateRemote extends ResourceCommand {
        InvalidateRemote(Environment environment) {
            super(environment, "invalidate-remote");
        }
    }

    @Command(
            name = "new-current-uuid",
            description =
                    "With --clear-bitmap: declares two blank, connected disks to be the same, so"
                            + " that nothing is copied. Only for disks that hold the same, or"
                            + " nothing that will be read.")
    static final class NewCurrentUuid extends ResourceCommand {

        @Option(
                names = "--clear-bitmap",
                required = true,
                description = "Nothing differs: skip the first copy.")
        private boolean clearBitmap;

        NewCurrentUuid(Environment environment) {
            super(environment, "new-current-uuid");
        }

        @Override
        String body() {
            return "{\"clear-bitmap\":" + clearBitmap + "}";
        }
    }
}
