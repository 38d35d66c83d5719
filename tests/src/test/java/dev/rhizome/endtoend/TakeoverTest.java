package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two nodes and a witness, no operator: whichever one fails, service goes on. */
@Timeout(240)
final class TakeoverTest {
    private static final int SOME_WRITES = 250;

    @RegisterExtension
    final Cluster cluster =
            Cluster.throughProxies(
                    1,
                    ", ping-timeout = 1s, fence-retry = 1s, fencing = witness, auto-promote ="
                            + " true");

    private @Nullable Child witness;

    private String configuration() {
        return cluster.configurations().get(0).toString();
    }

    private Path folder() {
        return cluster.folder();
    }

    private void begin() throws IOException {
        String pki = Cluster.authority().toString();
        Rhizome.run("pki", "issue", "--force", "--directory", pki, "witness").orFail();
        cluster.configureAll(
                """
                witness {
                  address = "127.0.0.1:%1$d"
                  state = "%2$s/witness.state"
                  pki { authority = "%3$s/ca.crt", certificate = "%3$s/witness.crt", key = "%3$s/witness.key" }
                }
                """
                        .formatted(Ports.free(), folder(), pki));
        Tool.run(
                        Waiting.LIMIT,
                        Rhizome.environment(),
                        Rhizome.command("witness", "create", "--config", configuration()))
                .orFail();
        startWitness();
        cluster.startInStep();
    }

    private void startWitness() {
        List<String> command = Rhizome.command("witness", "--config", configuration());
        Child started = Child.start(folder(), Rhizome.environment(), command);
        witness = started;
        started.awaitLine("ready");
    }

    private void endWitness() {
        Child running = witness;
        if (running != null) {
            running.close();
        }
    }

    @AfterEach
    void end() {
        endWitness();
    }

    private void cut() {
        cluster.proxies().forEach(proxy -> proxy.refuse(true));
        cluster.proxies().forEach(FaultyProxy::cut);
    }

    private void heal(NodeProcess primary) {
        cluster.proxies().forEach(FaultyProxy::heal);
        primary.await("up to date again", Status::mirrored);
    }

    private static boolean goesOn(NodeProcess node) {
        Status status = node.status();
        return status.role().equals("Primary") && status.suspended().equals("no");
    }

    @Test
    void serviceGoesOnAfterAnySingleFailure() throws IOException {
        Tool.requireLibnbd();
        begin();
        NodeProcess alpha = cluster.alpha();
        NodeProcess beta = cluster.beta();
        Path first = folder().resolve("journal-1");
        try (StampedWriter writer = StampedWriter.start(alpha, first, 0)) {
            writer.awaitMore(SOME_WRITES);
            alpha.kill();
            // The Primary's node has died: the other one takes over by itself.
            beta.await("the takeover", now -> now.role().equals("Primary"));
            assertThat(writer.end().acknowledged()).isPositive();
        }
        StampedWriter.requireNoneLost(beta, first);
        alpha.start();
        beta.await("up to date again", Status::mirrored);
        Path second = folder().resolve("journal-2");
        try (StampedWriter writer = StampedWriter.start(beta, second, 100_000_000)) {
            writer.awaitMore(SOME_WRITES);
            // The link is cut: exactly one goes on.
            cut();
            writer.awaitMore(SOME_WRITES);
            Tool.Result refused = alpha.rhizome("primary", Cluster.RESOURCE);
            assertThat(refused.exitCode()).isEqualTo(17);
            assertThat(refused.output()).contains("the local data is Outdated");
            assertThat(alpha.status().role()).isEqualTo("Secondary");
            heal(beta);
            // The witness has died: writing goes on.
            endWitness();
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isZero();
        }
        // And then the link, too, which is one failure too many: clients wait.
        cut();
        beta.await("suspended I/O", now -> now.suspended().equals("fencing"));
        startWitness();
        // Whichever asks first: the Primary that waits, or the Secondary that would take over.
        Waiting.until("one of them goes on", () -> goesOn(alpha) || goesOn(beta));
        NodeProcess primary = goesOn(alpha) ? alpha : beta;
        heal(primary);
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(primary, second);
    }
}
