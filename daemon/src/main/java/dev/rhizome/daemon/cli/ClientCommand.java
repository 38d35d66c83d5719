package dev.rhizome.daemon.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.cli.ControlClient.Reply;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ConfigurationException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that asks the running daemon. */
abstract class ClientCommand implements Callable<Integer> {
    private static final String NO_DATA_RULE = "no-up-to-date";

    @Mixin private final ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = {"-s", "--socket"},
            paramLabel = "SOCKET",
            description =
                    "The daemon's control socket; default: RHIZOME_SOCKET, else the"
                            + " configuration's.")
    private @Nullable Path socket;

    private final Environment environment;

    ClientCommand(Environment environment) {
        this.environment = environment;
    }

    Environment environment() {
        return environment;
    }

    Reply ask(String method, String path, String accept, String body) throws CommandFailure {
        return new ControlClient(socket()).ask(method, path, accept, body);
    }

    /** Reads a stream's lines; a problem ends the command. */
    void stream(String path, String accept, ControlClient.LineReader reader) throws CommandFailure {
        Reply problem = new ControlClient(socket()).stream(path, accept, reader);
        if (problem != null) {
            checked(problem);
        }
    }

    private Path socket() throws CommandFailure {
        if (socket != null) {
            return socket;
        }
        String variable = environment.variables().get("RHIZOME_SOCKET");
        if (variable != null && !variable.isEmpty()) {
            return Path.of(variable);
        }
        ClusterConfiguration configuration = cluster.read(environment.variables());
        try {
            return configuration
                    .node(cluster.nodeName(configuration, environment.variables()))
                    .controlSocket();
        } catch (ConfigurationException e) {
            throw ClusterOptions.failure(e);
        }
    }

    /** Reads a result or a problem; a problem ends the command. */
    static Map<String, Object> checked(Reply reply) throws CommandFailure {
        Map<String, Object> fields = fields(reply);
        if (reply.status() == 200) {
            return fields;
        }
        String detail = String.valueOf(fields.getOrDefault("detail", "status " + reply.status()));
        int exitCode =
                switch (reply.status()) {
                    case 404, 422 -> ExitCode.CONFIGURATION;
                    case 409 ->
                            String.valueOf(fields.get("rule")).contains(NO_DATA_RULE)
                                    ? ExitCode.NO_UP_TO_DATE_DATA
                                    : ExitCode.REFUSED;
                    case 504 ->
                            String.valueOf(fields.get("type")).endsWith(":not-yet")
                                    ? ExitCode.NOT_YET
                                    : ExitCode.NO_DAEMON;
                    default -> ExitCode.NO_DAEMON;
                };
        throw new CommandFailure(exitCode, detail);
    }

    private static Map<String, Object> fields(Reply reply) throws CommandFailure {
        try {
            Map<String, Object> fields = JSON.std.mapFrom(reply.body());
            if (fields != null) {
                return fields;
            }
        } catch (IOException | ClassCastException e) {
            // Said below.
        }
        throw new CommandFailure(
                ExitCode.NO_DAEMON,
                "the daemon's answer is not understood (HTTP status " + reply.status() + ")");
    }
}
