package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.NodeSettings;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.daemon.config.ConfigurationReader;
import dev.rhizome.daemon.config.NodeName;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which file and which node: for every command that reads the configuration. */
final class ClusterOptions {
    private static final Path DEFAULT_FILE = Path.of("/etc/rhizome/rhizome.conf");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description =
                    "The configuration; default: RHIZOME_CONFIG, else /etc/rhizome/rhizome.conf.")
    private @Nullable Path file;

    @Option(
            names = {"-n", "--node"},
            paramLabel = "NODE",
            description = "Which node this is; default: RHIZOME_NODE, else the host name.")
    private @Nullable String node;

    ClusterConfiguration read(Map<String, String> variables) throws CommandFailure {
        try {
            return ConfigurationReader.read(file(variables));
        } catch (ConfigurationException e) {
            throw failure(e);
        }
    }

    String nodeName(ClusterConfiguration configuration, Map<String, String> variables)
            throws CommandFailure {
        try {
            String name = NodeName.choose(node, variables, configuration.nodes().keySet());
            return configuration.node(name).name();
        } catch (ConfigurationException e) {
            throw failure(e);
        }
    }

    /** The settings of the node that this machine is; empty if it is none of them. */
    Optional<NodeSettings> nodeIfOne(
            ClusterConfiguration configuration, Map<String, String> variables)
            throws CommandFailure {
        try {
            String name = NodeName.choose(node, variables, configuration.nodes().keySet());
            if (node != null) {
                return Optional.of(configuration.node(name));
            }
            return Optional.ofNullable(configuration.nodes().get(name));
        } catch (ConfigurationException e) {
            throw failure(e);
        }
    }

    static CommandFailure failure(ConfigurationException e) {
        return new CommandFailure(ExitCode.CONFIGURATION, String.valueOf(e.getMessage()));
    }

    /** Where the configuration is. */
    Path file(Map<String, String> variables) {
        if (file != null) {
            return file;
        }
        String variable = variables.get("RHIZOME_CONFIG");
        return variable == null || variable.isEmpty() ? DEFAULT_FILE : Path.of(variable);
    }
}
