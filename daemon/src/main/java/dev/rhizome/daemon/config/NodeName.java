package dev.rhizome.daemon.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which of the nodes this machine is. */
public final class NodeName {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private NodeName() {}

    /**
     * The node's name: as given, else RHIZOME_NODE, else the host name, or its first part if only
     * that one is a node.
     *
     * @param given from the command line, or null
     * @param environment the process's
     * @param nodes the configured nodes
     */
    public static String choose(
            @Nullable String given, Map<String, String> environment, Set<String> nodes)
            throws ConfigurationException {
        if (given != null) {
            return given;
        }
        String variable = environment.get("RHIZOME_NODE");
        if (variable != null && !variable.isEmpty()) {
            return variable;
        }
        return fromHostName(hostName(), nodes);
    }

    static String fromHostName(String host, Set<String> nodes) {
        String first = host.split("\\.", 2)[0];
        return !nodes.contains(host) && nodes.contains(first) ? first : host;
    }

    private static String hostName() throws ConfigurationException {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException e) {
            throw new ConfigurationException(
                    new Finding(
                            HOST_NAME.toString(),
                            "cannot be read; say which node this is with --node or RHIZOME_NODE"));
        }
    }
}
