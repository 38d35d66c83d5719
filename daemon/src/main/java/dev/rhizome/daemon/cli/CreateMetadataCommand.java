package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.ReplicaSettings;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.replicator.CreatedMetadata;
import dev.rhizome.replicator.VolumeException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rhizome create-md}. */
@Command(
        name = "create-md",
        description = {
            "Writes fresh metadata at the end of this node's disk of a resource.",
            "The resource must be down; its disk's lock says so."
        })
final class CreateMetadataCommand implements Callable<Integer> {

    @Mixin private final ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = "--force",
            description = "Even over what looks like a file system or like metadata.")
    private boolean force;

    @Parameters(paramLabel = "RESOURCE", description = "The resource's name.")
    private String resource = "";

    private final Environment environment;

    CreateMetadataCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws CommandFailure {
        Path disk = disk();
        try {
            CreatedMetadata created = environment.opener().createMetadata(disk, resource, force);
            environment
                    .out()
                    .println(
                            resource
                                    + ": "
                                    + disk
                                    + " holds metadata now: "
                                    + created.volumeBytes()
                                    + " bytes for data, "
                                    + created.metadataBytes()
                                    + " for metadata");
            return ExitCode.OK;
        } catch (VolumeException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        }
    }

    private Path disk() throws CommandFailure {
        ClusterConfiguration configuration = cluster.read(environment.variables());
        String node = cluster.nodeName(configuration, environment.variables());
        try {
            ReplicaSettings replica = configuration.resourceOn(node, resource).replicas().get(node);
            if (replica == null) {
                throw new IllegalStateException("resourceOn gave a resource of another node");
            }
            return replica.disk();
        } catch (ConfigurationException e) {
            throw ClusterOptions.failure(e);
        }
    }
}
