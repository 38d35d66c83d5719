package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.cli.ControlClient.Reply;
import dev.rhizome.daemon.screen.Look;
import dev.rhizome.daemon.screen.StatusColours;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rhizome status}. */
@Command(
        name = "status",
        description = "Shows the resources of this node: roles, disks, connection, resync.")
final class StatusCommand extends ClientCommand {

    @Parameters(arity = "0..1", paramLabel = "RESOURCE", description = "Only this one.")
    private @Nullable String resource;

    @Option(names = "--json", description = "As JSON, named as by drbdsetup status --json.")
    private boolean json;

    @Option(
            names = "--watch",
            description =
                    "Goes on and draws again every second: also throughput and latency of the last"
                            + " minute, and where the volume is out of sync.")
    private boolean watch;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description =
                    "Colours: ${COMPLETION-CANDIDATES}; auto is on a terminal, and not if NO_COLOR"
                            + " is set. Default: ${DEFAULT-VALUE}.")
    private Look.When color = Look.When.auto;

    StatusCommand(Environment environment) {
        super(environment);
    }

    @Override
    public Integer call() throws CommandFailure {
        Look look = Look.of(color, environment().variables(), environment().terminal());
        if (watch) {
            return watch(look);
        }
        String path = resource == null ? "/v1/status" : ResourceCommand.path(resource);
        Reply reply = ask("GET", path, json ? "application/json" : "text/plain", "");
        if (reply.status() != 200) {
            checked(reply);
        }
        environment().out().print(json ? reply.body() : StatusColours.paint(reply.body(), look));
        return ExitCode.OK;
    }

    private int watch(Look look) throws CommandFailure {
        if (json) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--watch and --json exclude each other; see 'rhizome events'");
        }
        if (resource != null) {
            checked(ask("GET", ResourceCommand.path(resource), "application/json", ""));
        }
        new WatchLoop(
                        () -> checked(ask("GET", "/v1/watch", "application/json", "")),
                        resource == null ? "" : resource,
                        look)
                .run(environment());
        return ExitCode.OK;
    }
}
