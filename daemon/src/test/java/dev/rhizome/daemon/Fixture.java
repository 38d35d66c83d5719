package dev.rhizome.daemon;

import dev.rhizome.daemon.adjust.Adjuster;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.daemon.config.ConfigurationReader;
import dev.rhizome.daemon.control.ControlServer;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A configuration with the resources r0 and r1 on alpha and beta, in a test's directory. */
public final class Fixture {
    public final Path file;
    public final Path socket;

    public Fixture(Path directory) throws IOException {
        file = directory.resolve("rhizome.conf");
        socket = directory.resolve("run/control.sock");
        Files.writeString(
                file,
                """
                nodes {
                  alpha { control-socket = "%s" }
                  beta {}
                }
                resources {
                  r0 {
                    on {
                      alpha { disk = /dev/a/r0, address = "127.0.0.1:7790" }
                      beta { disk = /dev/b/r0, address = "127.0.0.1:7791" }
                    }
                  }
                  r1 {
                    on {
                      alpha { disk = /dev/a/r1, address = "127.0.0.1:7792" }
                      beta { disk = /dev/b/r1, address = "127.0.0.1:7793" }
                    }
                  }
                }
                """
                        .formatted(socket));
    }

    public ClusterConfiguration configuration() throws ConfigurationException {
        return ConfigurationReader.read(file);
    }

    /** A daemon of alpha; the caller starts and closes it. */
    public DaemonProcess daemon(FakeOpener opener) throws ConfigurationException {
        ClusterConfiguration configuration = configuration();
        return new DaemonProcess(configuration, configuration.node("alpha"), opener);
    }

    /** The control server of alpha, without certificates in its metrics. */
    public ControlServer server(Path where, Resources resources)
            throws IOException, ConfigurationException {
        return ControlServer.start(
                where,
                resources,
                new MetricsPage("alpha", resources, Map.of()),
                new Adjuster(configuration(), "alpha", resources));
    }
}
