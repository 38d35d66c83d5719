package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The peer link is cut under load: what {@code fence-peer} answers decides who goes on. */
@Timeout(240)
final class FencingTest {
    private static final int SOME_WRITES = 250;

    /** What each exit code makes of the peer's disk. */
    private static final Map<String, String> GOES_ON =
            Map.of("3", "Inconsistent", "4", "Outdated", "5", "Outdated", "7", "Outdated");

    @RegisterExtension
    final Cluster cluster = Cluster.throughProxies(1, ", ping-timeout = 1s, fence-retry = 1s");

    private Path calls() {
        return cluster.folder().resolve("calls");
    }

    /** Notes what it is told, waits for a file that says how it is to end, and ends so. */
    private void configure(String policy) throws IOException {
        Path handler = cluster.folder().resolve("fence-peer");
        Files.writeString(
                handler,
                """
                #!/bin/bash
                here=${0%/*}
                echo "$DRBD_RESOURCE $DRBD_PEER $DRBD_PEER_ADDRESS" >>"$here/calls"
                while [ ! -e "$here/answer" ]; do sleep 0.05; done
                answer=$(cat "$here/answer")
                rm "$here/answer"
                case $answer in
                    crash) kill -SEGV $$ ;;
                    hang) sleep 1000 ;;
                    *) exit "$answer" ;;
                esac
                """);
        Files.setPosixFilePermissions(handler, PosixFilePermissions.fromString("rwx------"));
        cluster.configure(
                "net { fencing = "
                        + policy
                        + " }\nhandlers { timeout = 2s, fence-peer = \""
                        + handler
                        + "\" }");
        cluster.startInStep();
    }

    private void answer(String how) throws IOException {
        Path ready = cluster.folder().resolve("answer.new");
        Files.writeString(ready, how);
        Files.move(ready, cluster.folder().resolve("answer"), StandardCopyOption.ATOMIC_MOVE);
    }

    private void cut() {
        cluster.proxies().forEach(proxy -> proxy.refuse(true));
        cluster.proxies().forEach(FaultyProxy::cut);
    }

    private void heal() {
        cluster.proxies().forEach(FaultyProxy::heal);
        cluster.alpha().await("up to date again", Status::mirrored);
    }

    private long called() throws IOException {
        return Files.exists(calls()) ? Files.readAllLines(calls()).size() : 0;
    }

    private void awaitCalls(long count) {
        Waiting.until(
                "calls of the handler",
                () -> {
                    try {
                        return called() >= count;
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
    }

    private Status frozen() {
        Status status =
                cluster.alpha().await("suspended I/O", now -> now.suspended().equals("fencing"));
        long before = status.writtenBytes();
        assertThat(cluster.alpha().status().writtenBytes()).isEqualTo(before);
        return status;
    }

    @Test
    void clientsWaitForTheHandlersWord() throws IOException {
        Tool.requireLibnbd();
        configure("resource-and-stonith");
        NodeProcess alpha = cluster.alpha();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(alpha, journal, 0)) {
            writer.awaitMore(SOME_WRITES);
            for (Map.Entry<String, String> each : GOES_ON.entrySet()) {
                long before = called();
                cut();
                awaitCalls(before + 1);
                frozen();
                answer(each.getKey());
                alpha.await("I/O goes on", now -> now.suspended().equals("no"));
                assertThat(alpha.status().peerDisk()).isEqualTo(each.getValue());
                writer.awaitMore(SOME_WRITES);
                heal();
            }
            assertThat(Files.readAllLines(calls()).get(0)).isEqualTo("r0 beta 127.0.0.1");
            refusesUntilFenced(alpha, writer);
            // The peer comes back while the handler is still at it: its word counts no more.
            long before = called();
            cut();
            awaitCalls(before + 1);
            frozen();
            heal();
            writer.awaitMore(SOME_WRITES);
            answer("6");
            alpha.process().awaitLine("fence-peer-late");
            assertThat(alpha.status().role()).isEqualTo("Primary");
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(alpha, journal);
        outdated(alpha);
    }

    /** No answer, a crash and a hang are no answer: clients wait, and it is asked again. */
    private void refusesUntilFenced(NodeProcess alpha, StampedWriter writer) throws IOException {
        long before = called();
        cut();
        for (String how : List.of("1", "crash", "hang")) {
            awaitCalls(++before);
            answer(how);
        }
        awaitCalls(++before);
        Status status = frozen();
        assertThat(status.suspendedReason())
                .contains("took more than 2 s")
                .contains("'resume-io' goes on without");
        assertThat(alpha.log()).contains("has not been fenced (1)", "has not been fenced (139)");
        Tool.Result refused = alpha.rhizome("secondary", Cluster.RESOURCE);
        assertThat(refused.exitCode()).isEqualTo(11);
        assertThat(refused.output()).contains("clients wait until the peer is fenced");
        answer("7");
        writer.awaitMore(SOME_WRITES);
        heal();
    }

    /** 6: the peer is Primary. This node ceases to be one, and its clients get errors. */
    private void outdated(NodeProcess alpha) throws IOException {
        Path journal = cluster.folder().resolve("journal-2");
        try (StampedWriter writer = StampedWriter.start(alpha, journal, 100_000_000)) {
            writer.awaitMore(SOME_WRITES);
            long before = called();
            cut();
            awaitCalls(before + 1);
            frozen();
            answer("6");
            Status status = alpha.await("its demotion", now -> now.role().equals("Secondary"));
            assertThat(alpha.await("old data", now -> now.disk().equals("Outdated")).role())
                    .isEqualTo(status.role());
            assertThat(writer.end().failed()).isPositive();
        }
        Tool.Result refused = alpha.rhizome("primary", Cluster.RESOURCE);
        assertThat(refused.exitCode()).isEqualTo(17);
        assertThat(refused.output()).contains("Outdated");
        cluster.proxies().forEach(FaultyProxy::heal);
        cluster.alpha().await("both are there again", Status::inStep);
    }

    @Test
    void withResourceOnlyClientsAreServedMeanwhile() throws IOException {
        Tool.requireLibnbd();
        configure("resource-only");
        NodeProcess alpha = cluster.alpha();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(alpha, journal, 0)) {
            writer.awaitMore(SOME_WRITES);
            cut();
            awaitCalls(1);
            writer.awaitMore(SOME_WRITES);
            assertThat(alpha.status().suspended()).isEqualTo("no");
            answer("4");
            alpha.await("an outdated peer", now -> now.peerDisk().equals("Outdated"));
            assertThat(writer.stop().failed()).isZero();
        }
        heal();
        // A promotion without the peer asks, too, and waits for the answer.
        alpha.kill();
        long before = called();
        answer("7");
        cluster.beta().promoteWhenAllowed();
        assertThat(called()).isGreaterThan(before);
        StampedWriter.requireNoneLost(cluster.beta(), journal);
    }
}
