package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.cli.ControlClient.Reply;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rhizome adjust}. */
@Command(
        name = "adjust",
        description = {
            "Brings the running daemon to its configuration file, with the least disruption, and"
                    + " says what it does: what can be taken over is; a resource is closed and"
                    + " opened only where that is needed, and never on a Primary.",
            "Exit code 11 if something is left to do."
        })
final class AdjustCommand extends ClientCommand {

    @Option(
            names = {"-d", "--dry-run"},
            description = "Only say what it would do.")
    private boolean dryRun;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    AdjustCommand(Environment environment) {
        super(environment);
    }

    @Override
    public Integer call() throws CommandFailure {
        Reply reply = ask("POST", "/v1/adjust", "application/json", "{\"dry-run\":" + dryRun + "}");
        Map<String, Object> fields = checked(reply);
        List<?> steps = fields.get("steps") instanceof List<?> list ? list : List.of();
        if (json) {
            environment().out().print(reply.body());
        } else if (steps.isEmpty()) {
            environment().out().println("nothing to do: what runs is what the file says");
        }
        if (!json) {
            for (Object step : steps) {
                if (step instanceof Map<?, ?> map) {
                    environment().out().println(map.get("text"));
                }
            }
        }
        boolean left = fields.get("left") instanceof Number count && count.intValue() > 0;
        return left ? ExitCode.REFUSED : ExitCode.OK;
    }
}
