package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.VolumeException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * A command on this node's metadata of a resource, which nobody may have open: no daemon is asked.
 */
abstract class OfflineCommand implements Callable<Integer> {

    @Mixin private final ClusterOptions cluster = new ClusterOptions();

    @Parameters(index = "0", paramLabel = "RESOURCE", description = "The resource's name.")
    private String resource = "";

    private final Environment environment;

    OfflineCommand(Environment environment) {
        this.environment = environment;
    }

    /** Does the work, and answers with the exit code. */
    abstract int run(MetadataPlace place) throws CommandFailure, VolumeException;

    @Override
    public final Integer call() throws CommandFailure {
        MetadataPlace place = place();
        try {
            return run(place);
        } catch (VolumeException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        }
    }

    Environment environment() {
        return environment;
    }

    /** A line on standard output. */
    void say(String line) {
        environment.out().println(line);
    }

    private MetadataPlace place() throws CommandFailure {
        ClusterConfiguration configuration = cluster.read(environment.variables());
        String node = cluster.nodeName(configuration, environment.variables());
        try {
            return configuration
                    .volumeOptions(node, configuration.resourceOn(node, resource))
                    .place();
        } catch (ConfigurationException e) {
            throw ClusterOptions.failure(e);
        }
    }
}
