package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Real disks that have no room left (ENOSPC), under a writer with 16 requests in flight. */
@Timeout(180)
final class ThinDiskTest {
    private static final int SOME_WRITES = 500;

    /** A shell would make something else of it. */
    private static final String HANDLER = "local io error; $(exit 1) 'none' *";

    @RegisterExtension final Cluster cluster = new Cluster();

    @BeforeEach
    void requireWhatItTakes() {
        Tool.requireLibnbd();
        ThinDisk.requireWhatItTakes();
    }

    private Path journal() {
        return cluster.folder().resolve("journal");
    }

    /** A program that notes what it is told, and hangs. */
    private void configureHandler() throws IOException {
        Path handler = cluster.folder().resolve(HANDLER);
        Files.writeString(
                handler,
                """
                #!/bin/bash
                told="$DRBD_RESOURCE $DRBD_VOLUME $DRBD_PEER $DRBD_BACKING_DEV"
                echo "$told, $# arguments, of $(cat /proc/$PPID/comm)" >>"${0%/*}/calls"
                exec sleep infinity
                """);
        Files.setPosixFilePermissions(handler, PosixFilePermissions.fromString("rwx------"));
        cluster.configure(
                "disk { on-io-error = call-local-io-error }\nhandlers { local-io-error = \""
                        + handler
                        + "\" }");
    }

    private List<String> calls(int count) {
        Path calls = cluster.folder().resolve("calls");
        Waiting.until("calls of the handler", () -> lines(calls).size() >= count);
        return lines(calls);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String call(NodeProcess node, NodeProcess peer) {
        return "r0 0 %s %s, 0 arguments, of java".formatted(peer.name(), node.disk());
    }

    private static void awaitRelease(NodeProcess node, int times) {
        Waiting.until("the disk is let go", () -> node.logged("(disk-released)") == times);
        assertThat(node.status().disk()).isEqualTo("Diskless");
    }

    /** One node's disk is full, also when it is attached again; then its file system gets room. */
    private static void fillUpAndBringBack(NodeProcess node, ThinDisk disk, StampedWriter writer)
            throws IOException {
        disk.fillUp();
        awaitRelease(node, 1);
        writer.awaitMore(SOME_WRITES);

        node.rhizome("attach", Cluster.RESOURCE).orFail();
        awaitRelease(node, 2);
        writer.awaitMore(SOME_WRITES);

        disk.makeRoom();
        node.rhizome("attach", Cluster.RESOURCE).orFail();
        node.await("up to date again", Status::mirrored);
        writer.awaitMore(SOME_WRITES);
    }

    @Test
    void nobodyNoticesAFullDiskWhileThePeerHasRoom() throws IOException {
        NodeProcess alpha = cluster.alpha();
        NodeProcess beta = cluster.beta();
        configureHandler();
        ThinDisk alphas = ThinDisk.under(alpha, cluster.folder());
        ThinDisk betas = ThinDisk.under(beta, cluster.folder());
        cluster.startInStep();
        try (StampedWriter writer = StampedWriter.start(alpha, journal(), 0)) {
            writer.awaitMore(SOME_WRITES);
            fillUpAndBringBack(beta, betas, writer);
            assertThat(calls(2)).containsExactly(call(beta, alpha), call(beta, alpha));
            fillUpAndBringBack(alpha, alphas, writer);
            assertThat(calls(4)).endsWith(call(alpha, beta), call(alpha, beta)).hasSize(4);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.awaitInStep();
        StampedWriter.requireNoneLost(alpha, journal());
        Disks.requireIdentical(alphas.bytes(), betas.bytes(), alpha.status().sizeBytes());
        for (NodeProcess node : List.of(alpha, beta)) {
            assertThat(node.log())
                    .contains("no space left on the backing device (call-local-io-error)");
        }
    }

    @Test
    void theLastGoodDiskStaysAndGoesOnOnceThereIsRoom() throws IOException {
        NodeProcess alpha = cluster.alpha();
        ThinDisk disk = ThinDisk.under(alpha, cluster.folder());
        alpha.start().promoteByForce();
        try (StampedWriter writer = StampedWriter.start(alpha, journal(), 0)) {
            writer.awaitMore(SOME_WRITES);
            disk.fillUp();
            writer.awaitFirstError("ENOSPC");
            assertThat(alpha.status().disk()).isEqualTo("UpToDate");
            assertThat(alpha.status().role()).isEqualTo("Primary");

            disk.makeRoom();
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isPositive();
        }
        StampedWriter.requireNoneLost(alpha, journal());
        assertThat(alpha.log()).contains("last-good-disk");
    }
}
