package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.cli.ControlClient.Reply;
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

    StatusCommand(Environment environment) {
        super(environment);
    }

    @Override
    public Integer call() throws CommandFailure {
        String path = resource == null ? "/v1/status" : ResourceCommand.path(resource);
        Reply reply = ask("GET", path, json ? "application/json" : "text/plain", "");
        if (reply.status() != 200) {
            checked(reply);
        }
        environment().out().print(reply.body());
        return ExitCode.OK;
    }
}
