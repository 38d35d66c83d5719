package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The daemon as a service: what the service manager sees, in what order it may start, how it ends.
 */
@Timeout(300)
final class ServiceTest {
    /** Far above what it takes, and below what a service manager would wait. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(110);

    private static final String LISTENER =
            """
            import socket, sys
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
                listener.bind(sys.argv[1])
                print("listening", flush=True)
                while True:
                    print(listener.recv(4096).decode().replace("\\n", " "), flush=True)
            """;

    @RegisterExtension final Cluster cluster = new Cluster("disk-timeout = 1s");

    private Child serviceManager(NodeProcess node, Path socket) {
        Tool.require("python3");
        Child listener =
                Child.start(
                        cluster.folder(),
                        Map.of(),
                        List.of(Tool.PYTHON, "-c", LISTENER, socket.toString()));
        listener.awaitLine("listening");
        node.variable("NOTIFY_SOCKET", socket.toString());
        return listener;
    }

    @Test
    void theServiceManagerIsTold() {
        NodeProcess alpha = cluster.alpha();
        try (Child manager = serviceManager(alpha, cluster.folder().resolve("notify"))) {
            alpha.variable("WATCHDOG_USEC", "200000").start();

            manager.awaitLine("READY=1 STATUS=r0 Secondary Inconsistent/DUnknown Connecting");
            manager.awaitLine("WATCHDOG=1");
            cluster.beta().start();
            manager.awaitLine("STATUS=r0 Secondary Inconsistent/Inconsistent Connected");
            alpha.promoteByForce();
            manager.awaitLine("STATUS=r0 Primary UpToDate/UpToDate Connected");
            int before = manager.lines().size();
            manager.awaitLine("WATCHDOG=1", before);

            assertThat(alpha.stop()).isZero();
            manager.awaitLine("STOPPING=1");
        }
    }

    @Test
    void aDaemonStartsWithoutPeerAndDiskAndTakesThemWhenTheyCome() throws IOException {
        NodeProcess alpha = cluster.alpha();
        Path away = cluster.folder().resolve("away");
        Files.move(alpha.disk(), away);

        alpha.launch().process().awaitLine("ready: node alpha, 0 of 1 resources up");
        assertThat(alpha.status().downReason()).contains(alpha.disk().toString());
        assertThat(alpha.rhizome("up", "r0").output()).contains("No such file");

        Files.move(away, alpha.disk());
        alpha.rhizome("up", "r0").orFail();
        assertThat(alpha.status().up()).isTrue();
        cluster.beta().start();
        alpha.await("linked", Status::connected);
        alpha.promoteByForce();
        cluster.awaitInStep();
    }

    @Test
    void aDiskThatHangsDoesNotKeepADaemonFromStarting() throws IOException {
        FaultyDisk.requireWhatItTakes();
        NodeProcess alpha = cluster.alpha();
        FaultyDisk disk = FaultyDisk.under(alpha, cluster.folder());
        disk.hang();

        alpha.launch().process().awaitLine("ready: node alpha, 0 of 1 resources up");
        assertThat(alpha.status().downReason()).contains("being opened");

        disk.recover();
        alpha.await("up", Status::up);
    }

    @Test
    void aDiskThatHangsDoesNotKeepADaemonFromEnding() throws IOException {
        FaultyDisk.requireWhatItTakes();
        NodeProcess alpha = cluster.alpha();
        FaultyDisk disk = FaultyDisk.under(alpha, cluster.folder());
        alpha.start();
        alpha.promoteByForce();
        disk.hang();

        alpha.signalDaemon("TERM");

        alpha.process().awaitLine("stopped", 0, STOP_LIMIT);
        // The kernel waits for a disk that does not answer, and keeps what is left of the process.
        disk.recover();
        alpha.process().awaitExit(STOP_LIMIT);
    }

    @Test
    void theCommandSpeaksOfItselfWithTheJarsOfAClient() {
        assertThat(Rhizome.run("--version").orFail()).startsWith("rhizome ");
        assertThat(Rhizome.run("--help").orFail()).contains("daemon", "witness");
    }
}
