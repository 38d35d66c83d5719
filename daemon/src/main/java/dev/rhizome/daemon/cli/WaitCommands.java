package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.cli.ControlClient.Reply;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs that wait. */
final class WaitCommands {

    private WaitCommands() {}

    /** Asks again and again, each time for as long as one answer may take. */
    abstract static class Wait extends ClientCommand {
        private static final long AT_A_TIME_SECONDS = 60;

        @Parameters(paramLabel = "RESOURCE", description = "The resource's name.")
        private String resource = "";

        @Option(
                names = {"-t", "--timeout"},
                paramLabel = "TIME",
                converter = TimeSpan.class,
                description =
                        "How long at most: a number with s, min or h; without it, for ever. 0s:"
                                + " only tell whether it is so now.")
        private @Nullable Duration timeout;

        private final String verb;

        Wait(Environment environment, String verb) {
            super(environment);
            this.verb = verb;
        }

        @Override
        public Integer call() throws CommandFailure {
            long beganNs = System.nanoTime();
            while (true) {
                long seconds = AT_A_TIME_SECONDS;
                boolean last = false;
                if (timeout != null) {
                    long goneMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
                    long leftMs = Math.max(0, timeout.toMillis() - goneMs);
                    seconds = Math.min(seconds, (leftMs + 999) / 1000);
                    last = leftMs <= TimeUnit.SECONDS.toMillis(AT_A_TIME_SECONDS);
                }
                Reply reply =
                        ask(
                                "POST",
                                ResourceCommand.path(resource) + "/" + verb,
                                "application/json",
                                "{\"timeout-seconds\":" + seconds + "}");
                if (reply.status() != 504 || last) {
                    Object reason = checked(reply).get("reason");
                    environment().out().println(resource + ": " + reason);
                    return ExitCode.OK;
                }
            }
        }
    }

    @Command(
            name = "wait-connect",
            description =
                    "Waits until the peer is connected. Ends at once if this node is StandAlone"
                            + " (exit code 11); after the time limit with exit code 5.")
    static final class WaitConnect extends Wait {
        WaitConnect(Environment environment) {
            super(environment, "wait-connect");
        }
    }

    @Command(
            name = "wait-sync",
            description =
                    "Waits until both nodes are connected and UpToDate and nothing is copied any"
                            + " more. Ends at once if this node is StandAlone (exit code 11);"
                            + " after the time limit with exit code 5.")
    static final class WaitSync extends Wait {
        WaitSync(Environment environment) {
            super(environment, "wait-sync");
        }
    }
}
