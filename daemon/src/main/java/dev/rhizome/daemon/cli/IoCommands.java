package dev.rhizome.daemon.cli;

import picocli.CommandLine.Command;

/** The verbs that are about who writes. */
final class IoCommands {

    private IoCommands() {}

    @Command(
            name = "suspend-io",
            description = "Has this node's clients wait; nothing fails meanwhile.")
    static final class SuspendIo extends ResourceCommand {
        SuspendIo(Environment environment) {
            super(environment, "suspend-io");
        }
    }

    @Command(
            name = "resume-io",
            description =
                    "Has this node's clients go on, whatever they wait for: also without the peer"
                            + " being fenced (make sure that it is not promoted), and with errors"
                            + " where there is no data.")
    static final class ResumeIo extends ResourceCommand {
        ResumeIo(Environment environment) {
            super(environment, "resume-io");
        }
    }

    @Command(
            name = "outdate",
            description =
                    "Takes the data of this node, a Secondary without its peer, for old: it is not"
                            + " promoted with it.")
    static final class Outdate extends ResourceCommand {
        Outdate(Environment environment) {
            super(environment, "outdate");
        }
    }
}
