package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** INV-21: what is discarded after a split brain is kept first, and comes back. */
@Timeout(120)
final class KeepDiscardedTest {
    private static final int BLOCK = 4096;

    private final Path folder = temporary();

    @RegisterExtension
    final Cluster cluster =
            new Cluster(
                    "keep-discarded = \""
                            + folder.resolve("kept")
                            + "\" }\nhandlers { before-resync-target = \""
                            + folder.resolve("handler")
                            + "\"");

    private static Path temporary() {
        try {
            return Files.createTempDirectory("rhizome-kept");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @AfterEach
    void tidy() {
        Cluster.delete(folder);
    }

    /** The program writes whom it was called for, and ends with what the file says. */
    private void handler(int exitCode) throws IOException {
        Path program = folder.resolve("handler");
        Files.writeString(
                program,
                "#!/bin/sh\necho \"$DRBD_RESOURCE $DRBD_PEER\" >>"
                        + folder.resolve("called")
                        + "\nexit "
                        + exitCode
                        + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void write(NodeProcess node, long firstSequence) {
        StampedWriter.writeSome(
                node, cluster.folder().resolve("journal-" + node.name()), firstSequence);
    }

    @Test
    void whatIsDiscardedComesBack() throws Exception {
        Tool.requireLibnbd();
        handler(0);
        cluster.startInStep();
        cluster.alpha().disconnect();
        cluster.beta().await("not connected", status -> !status.connected());
        cluster.beta().promote();
        write(cluster.alpha(), 0);
        write(cluster.beta(), 1_000_000);
        cluster.beta().demote();
        cluster.alpha().connect();
        cluster.beta().await("StandAlone", Status::standAlone);
        cluster.alpha().await("StandAlone", Status::standAlone);

        String told = cluster.beta().rhizome("status", "r0").orFail();
        assertThat(told)
                .containsPattern(
                        "split-brain:both nodes went on alone from generation [0-9A-F]{16}")
                .containsPattern("alpha is Primary since \\S+Z, alone since \\S+Z")
                .containsPattern("beta was Primary from \\S+Z until \\S+Z, alone since \\S+Z")
                .contains("on beta: rhizome connect --discard-my-data r0")
                .contains("on alpha: rhizome connect r0");
        long lost = lostBlocks(told);

        // The program forbids it at first.
        handler(1);
        resolve();
        Status refused =
                cluster.beta()
                        .await(
                                "the program's word",
                                s -> s.standAlone() && s.connectionReason().contains("forbidden"));
        assertThat(refused.connectionReason()).contains("before-resync-target", "ended with 1");
        assertThat(list()).isEmpty();

        handler(0);
        byte[] before = Files.readAllBytes(cluster.beta().disk());
        resolve();
        cluster.awaitInStep();

        String list = list();
        assertThat(list).contains("r0 of beta kept:", "blocks:" + lost + " ");
        Path file = Path.of(list.lines().skip(1).findFirst().orElseThrow().strip());
        Path image = folder.resolve("image");
        Rhizome.run("discarded", "extract", file.toString(), "--to", image.toString()).orFail();
        assertThat(sameAsBefore(image, before)).isEqualTo(lost);
        assertThat(Files.readAllLines(folder.resolve("called")))
                .hasSizeGreaterThanOrEqualTo(2)
                .containsOnly("r0 alpha");
        cluster.alpha().demote();
        cluster.requireIdentical();
    }

    private String list() {
        return cluster.beta().rhizome(List.of("discarded", "list")).orFail();
    }

    private void resolve() {
        cluster.beta().rhizome("connect", "--discard-my-data", "r0").orFail();
        cluster.alpha().connect();
    }

    private static long lostBlocks(String status) {
        Matcher matcher =
                Pattern.compile("keep alpha's data, lose (\\d+) blocks? \\([^)]*\\) of beta")
                        .matcher(status);
        assertThat(matcher.find()).as(status).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    /** How many blocks the image holds; each as it was on the disk. */
    private static long sameAsBefore(Path image, byte[] before) throws IOException {
        long found = 0;
        byte[] block = new byte[BLOCK];
        byte[] hole = new byte[BLOCK];
        try (RandomAccessFile bytes = new RandomAccessFile(image.toFile(), "r")) {
            for (int at = 0; at + BLOCK <= bytes.length(); at += BLOCK) {
                bytes.readFully(block);
                if (!java.util.Arrays.equals(block, hole)) {
                    found++;
                    assertThat(java.util.Arrays.equals(block, 0, BLOCK, before, at, at + BLOCK))
                            .as("block at byte " + at)
                            .isTrue();
                }
            }
        }
        return found;
    }
}
