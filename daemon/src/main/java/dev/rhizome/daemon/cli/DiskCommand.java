package dev.rhizome.daemon.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The verbs that take a running resource's disk away and bring it back. */
final class DiskCommand {

    private DiskCommand() {}

    @Command(
            name = "attach",
            description =
                    "Opens the disk of a resource that has let it go; the peer's newer data is then"
                            + " copied.")
    static final class Attach extends ResourceCommand {
        Attach(Environment environment) {
            super(environment, "attach");
        }
    }

    @Command(
            name = "detach",
            description =
                    "Lets the disk go and closes it; a Primary goes on through an UpToDate peer.")
    static final class Detach extends ResourceCommand {

        @Option(
                names = "--force",
                description =
                        "Also if it holds the only data at hand, and without waiting for a disk"
                                + " that hangs.")
        private boolean force;

        Detach(Environment environment) {
            super(environment, "detach");
        }

        @Override
        String body() {
            return "{\"force\":" + force + "}";
        }
    }

    @Command(
            name = "replace",
            description =
                    "Takes a new disk, under the name that the configuration has, in place of the"
                        + " old one: lets that go, makes fresh metadata, attaches the new one. All"
                        + " data is then copied from the peer.")
    static final class Replace extends ResourceCommand {

        @Option(
                names = "--force",
                description =
                        "Overwrite what looks like a file system or like metadata on the new disk.")
        private boolean force;

        Replace(Environment environment) {
            super(environment, "replace");
        }

        @Override
        String body() {
            return "{\"force\":" + force + "}";
        }
    }
}
