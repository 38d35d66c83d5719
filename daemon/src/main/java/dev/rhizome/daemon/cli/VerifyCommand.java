package dev.rhizome.daemon.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Online verify: the verb that compares both nodes' data while they serve. */
@Command(
        name = "verify",
        description = {
            "Compares this node's data with its peer's, block by block, while both are UpToDate"
                    + " and serve. Begins and returns; 'rhizome status' shows how far it is and"
                    + " what differs. It runs on the Primary, or where there is none."
        })
final class VerifyCommand extends ResourceCommand {

    @ArgGroup private @Nullable Mode mode;

    /** At most one of them. */
    static final class Mode {
        @ArgGroup(exclusive = false)
        private @Nullable Walk walk;

        @Option(
                names = "--repair-found",
                description =
                        "Copy what an earlier verify of this node has found to the peer, without"
                                + " comparing anew.")
        private boolean repairFound;

        @Option(
                names = "--cancel",
                description = "End the verify that is running; what it has found stays marked.")
        private boolean cancel;
    }

    /** How to compare. */
    static final class Walk {
        @Option(
                names = "--start",
                paramLabel = "POSITION",
                converter = ByteCount.class,
                description = "From this byte of the volume on; K, M, G and T are known.")
        private long start;

        @Option(
                names = "--stop",
                paramLabel = "POSITION",
                converter = ByteCount.class,
                description = "Up to this byte; default: the volume's end.")
        private long stop;

        @Option(
                names = "--repair",
                description =
                        "At the end, copy this node's data to the peer where they differ. The"
                                + " peer is Inconsistent meanwhile.")
        private boolean repair;
    }

    VerifyCommand(Environment environment) {
        super(environment, "verify");
    }

    @Override
    String body() {
        Mode asked = mode == null ? new Mode() : mode;
        if (asked.cancel) {
            return "{\"cancel\":true}";
        }
        if (asked.repairFound) {
            return "{\"repair-found\":true}";
        }
        Walk walk = asked.walk == null ? new Walk() : asked.walk;
        return "{\"start\":"
                + walk.start
                + ",\"stop\":"
                + walk.stop
                + ",\"repair\":"
                + walk.repair
                + "}";
    }
}
