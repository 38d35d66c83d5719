package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.DaemonProcess;
import dev.rhizome.daemon.ProcessEnd;
import dev.rhizome.daemon.WriteBackShield;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.NodeSettings;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.daemon.service.ServiceManager;
import dev.rhizome.replicator.AttachMode;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rhizome daemon}. */
@Command(
        name = "daemon",
        description = {
            "Runs this node's resources in the foreground until SIGTERM or SIGINT.",
            "RHIZOME_LOG sets the log level: error, warn, info (default), debug, trace."
        })
final class DaemonCommand implements Callable<Integer> {

    @Mixin private final ClusterOptions cluster = new ClusterOptions();

    @Option(names = "--no-up", description = "Leave all resources down until rhizome up.")
    private boolean noUp;

    private final Environment environment;

    DaemonCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        ClusterConfiguration configuration = cluster.read(environment.variables());
        String node = cluster.nodeName(configuration, environment.variables());
        shield(configuration, node);
        ServiceManager manager = ServiceManager.of(environment.variables());
        DaemonProcess daemon = create(configuration, node);
        ProcessEnd end = ProcessEnd.install(daemon::close);
        try {
            daemon.start(!noUp, manager);
        } catch (IOException e) {
            end.uninstall();
            daemon.close();
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            // Not the way of an ordinary exit: that would end with the code of a clean stop.
            Thread main = Thread.currentThread();
            main.getUncaughtExceptionHandler().uncaughtException(main, e);
        }
        daemon.await();
        return ExitCode.OK;
    }

    /** Before any other thread is started that stays: those inherit it. */
    private void shield(ClusterConfiguration configuration, String node) {
        NodeSettings settings = configuration.nodes().get(node);
        boolean hasDevices =
                configuration.resourcesOn(node).stream()
                        .map(resource -> resource.attach())
                        .distinct()
                        .anyMatch(AttachMode::mayHaveDevice);
        if (hasDevices) {
            WriteBackShield.raise(environment.variables());
        }
        if (settings != null && settings.lockMemory()) {
            WriteBackShield.lockMemory();
        }
    }

    private DaemonProcess create(ClusterConfiguration configuration, String node)
            throws CommandFailure {
        try {
            return new DaemonProcess(configuration, configuration.node(node), environment.opener());
        } catch (ConfigurationException e) {
            throw ClusterOptions.failure(e);
        }
    }
}
