package dev.rhizome.daemon.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs that act on one resource of the running daemon. */
abstract class ResourceCommand extends ClientCommand {

    @Parameters(paramLabel = "RESOURCE", description = "The resource's name.")
    private String resource = "";

    private final String verb;

    ResourceCommand(Environment environment, String verb) {
        super(environment);
        this.verb = verb;
    }

    static String path(String resource) {
        return "/v1/resources/" + URLEncoder.encode(resource, StandardCharsets.UTF_8);
    }

    /** The request's body. */
    String body() {
        return "";
    }

    @Override
    public final Integer call() throws CommandFailure {
        Object reason =
                checked(ask("POST", path(resource) + "/" + verb, "application/json", body()))
                        .get("reason");
        environment().out().println(resource + ": " + reason);
        return ExitCode.OK;
    }

    @Command(
            name = "primary",
            description = "Makes this node Primary: it serves the volume to clients.")
    static final class Primary extends ResourceCommand {

        @Option(
                names = "--force",
                description =
                        "Take local data that is not UpToDate for the newest. What only the peer"
                                + " has is lost.")
        private boolean force;

        Primary(Environment environment) {
            super(environment, "primary");
        }

        @Override
        String body() {
            return "{\"force\":" + force + "}";
        }
    }

    @Command(
            name = "secondary",
            description = "Makes this node Secondary: it ends its clients and only mirrors.")
    static final class Secondary extends ResourceCommand {

        @Option(
                names = "--force",
                description =
                        "Also while clients wait or have the device open: what waits fails, and"
                                + " whoever has it open gets errors.")
        private boolean force;

        Secondary(Environment environment) {
            super(environment, "secondary");
        }

        @Override
        String body() {
            return "{\"force\":" + force + "}";
        }
    }

    @Command(name = "up", description = "Opens the resource: its disk and its link.")
    static final class Up extends ResourceCommand {
        Up(Environment environment) {
            super(environment, "up");
        }
    }

    @Command(name = "down", description = "Closes the resource; a Primary's clients are ended.")
    static final class Down extends ResourceCommand {
        Down(Environment environment) {
            super(environment, "down");
        }
    }

    @Command(
            name = "connect",
            description =
                    "Tries to reach the peer again, after a disconnect or a refused handshake.")
    static final class Connect extends ResourceCommand {

        @ArgGroup private Mode mode = new Mode();

        /** At most one of them. */
        static final class Mode {
            @Option(
                    names = "--discard-my-data",
                    description =
                            "In a split brain, or if the data is unrelated, give up this node's"
                                    + " changes and take the peer's data. Not on a Primary. Does"
                                    + " nothing where there is no conflict.")
            private boolean discardMyData;

            @Option(
                    names = "--tentative",
                    description =
                            "Only tell what a handshake would decide and how much would be copied;"
                                    + " nothing is changed. The node is StandAlone afterwards.")
            private boolean tentative;
        }

        Connect(Environment environment) {
            super(environment, "connect");
        }

        @Override
        String body() {
            return "{\"discard-my-data\":"
                    + mode.discardMyData
                    + ",\"tentative\":"
                    + mode.tentative
                    + "}";
        }
    }

    @Command(name = "disconnect", description = "Leaves the peer and stays StandAlone.")
    static final class Disconnect extends ResourceCommand {
        Disconnect(Environment environment) {
            super(environment, "disconnect");
        }
    }
}
