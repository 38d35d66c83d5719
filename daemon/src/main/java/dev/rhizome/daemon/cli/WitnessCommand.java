package dev.rhizome.daemon.cli;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.daemon.ProcessEnd;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.WitnessSettings;
import dev.rhizome.daemon.service.ServiceManager;
import dev.rhizome.replicator.witness.WitnessException;
import dev.rhizome.replicator.witness.WitnessFile;
import dev.rhizome.replicator.witness.WitnessService;
import dev.rhizome.replicator.witness.WitnessServiceOptions;
import dev.rhizome.replicator.witness.WitnessTool;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rhizome witness}. */
@Command(
        name = "witness",
        description = {
            "Runs the witness in the foreground until SIGTERM or SIGINT: on a third machine, it"
                    + " grants one node the right to go on alone.",
            "RHIZOME_LOG sets the log level: error, warn, info (default), debug, trace."
        })
final class WitnessCommand implements Callable<Integer> {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

    @Mixin private final ClusterOptions cluster = new ClusterOptions();

    private final Environment environment;

    WitnessCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        WitnessSettings settings = settings(cluster);
        WitnessService service;
        try {
            service =
                    WitnessService.start(
                            new WitnessServiceOptions(
                                    settings.name(),
                                    settings.address(),
                                    settings.state(),
                                    settings.certificates()));
        } catch (WitnessException e) {
            throw failure(e);
        }
        ServiceManager manager = ServiceManager.of(environment.variables());
        ProcessEnd end =
                ProcessEnd.install(
                        () -> {
                            manager.stopping();
                            service.close();
                            log().info("stopped");
                        });
        log().info("ready: witness {} on {}", settings.name(), service.place());
        manager.ready("witness " + settings.name() + " on " + service.place());
        try {
            service.await();
            return ExitCode.OK;
        } catch (WitnessException e) {
            end.uninstall();
            service.close();
            throw failure(e);
        }
    }

    @Command(
            name = "create",
            description = {
                "Makes the state file of a new witness.",
                "Never to replace one that was lost while a node may have gone on alone."
            },
            mixinStandardHelpOptions = true)
    Integer create(@Mixin ClusterOptions which) throws CommandFailure {
        WitnessSettings settings = settings(which);
        try {
            WitnessFile.create(settings.state());
        } catch (WitnessException e) {
            throw failure(e);
        }
        environment.out().println(settings.state() + ": nothing is granted yet");
        return ExitCode.OK;
    }

    @Command(
            name = "status",
            description = "Asks the witness which node may go on alone.",
            mixinStandardHelpOptions = true)
    Integer status(@Mixin ClusterOptions which) throws CommandFailure {
        ClusterConfiguration configuration = which.read(environment.variables());
        WitnessSettings settings = settings(configuration);
        try {
            print(holdings(which, configuration, settings));
        } catch (WitnessException e) {
            throw new CommandFailure(ExitCode.NO_DAEMON, String.valueOf(e.getMessage()));
        }
        return ExitCode.OK;
    }

    /** On a node by the node's certificate, elsewhere by the witness's own. */
    private List<Holding> holdings(
            ClusterOptions which, ClusterConfiguration configuration, WitnessSettings settings)
            throws CommandFailure, WitnessException {
        var node = which.nodeIfOne(configuration, environment.variables());
        return WitnessTool.list(
                settings.address(),
                settings.name(),
                node.isPresent() ? node.get().name() : settings.name(),
                node.isPresent() ? node.get().certificates() : settings.certificates(),
                ANSWER_LIMIT);
    }

    private void print(List<Holding> holdings) {
        if (holdings.isEmpty()) {
            environment.out().println("no node has the right to go on alone");
        }
        String resource = "";
        for (Holding holding : holdings) {
            if (!holding.resource().equals(resource)) {
                resource = holding.resource();
                environment.out().println(resource);
            }
            StringBuilder line = new StringBuilder("  holder:").append(holding.node());
            line.append(" since:").append(Instant.ofEpochMilli(holding.sinceMs()));
            line.append(" generations:");
            String separator = "";
            for (long generation : holding.generations()) {
                line.append(separator);
                line.append(HexFormat.of().withUpperCase().toHexDigits(generation));
                separator = ",";
            }
            line.append(holding.uncounted() ? ",and-more" : "");
            environment.out().println(line);
        }
    }

    @Command(
            name = "forget",
            description = {
                "Takes from a node what it was granted of a resource; the witness must be stopped.",
                "With this you vouch that the node is off for good, or has not gone on alone."
            },
            mixinStandardHelpOptions = true)
    Integer forget(
            @Mixin ClusterOptions which,
            @Parameters(index = "0", paramLabel = "RESOURCE", description = "The resource.")
                    String resource,
            @Parameters(index = "1", paramLabel = "HOLDER", description = "The node.")
                    String holder)
            throws CommandFailure {
        WitnessSettings settings = settings(which);
        try {
            if (!WitnessTool.forget(settings.state(), resource, holder)) {
                throw new CommandFailure(
                        ExitCode.REFUSED, holder + " holds nothing of " + resource);
            }
        } catch (WitnessException e) {
            throw failure(e);
        }
        environment.out().println(holder + " holds nothing of " + resource + " any more");
        return ExitCode.OK;
    }

    /** Not a constant: --help knows this class, too, and has nobody who logs. */
    private static Logger log() {
        return LoggerFactory.getLogger(WitnessCommand.class);
    }

    private WitnessSettings settings(ClusterOptions which) throws CommandFailure {
        return settings(which.read(environment.variables()));
    }

    private static WitnessSettings settings(ClusterConfiguration configuration)
            throws CommandFailure {
        return configuration
                .witness()
                .orElseThrow(
                        () ->
                                new CommandFailure(
                                        ExitCode.CONFIGURATION,
                                        configuration.file()
                                                + ": there is no witness: write witness { address ="
                                                + " \"ADDRESS:PORT\" }"));
    }

    private static CommandFailure failure(WitnessException e) {
        return new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
    }
}
