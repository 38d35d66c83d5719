package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a disk has lost without a word is found while clients are served, and mended. */
@Timeout(180)
final class OnlineVerifyTest {
    private static final long MIB = 1 << 20;
    private static final int REFUSED = 11;

    @RegisterExtension final Cluster cluster = new Cluster("verify-rate = 0");

    private void startWithData() throws IOException {
        Disks.fill(cluster.alpha().disk(), 40 * MIB, 1);
        cluster.startInStep();
        cluster.requireIdentical();
    }

    /** One byte in one block, and two bytes in two neighbours. */
    private void corruptBeta() throws IOException {
        Disks.overwrite(cluster.beta().disk(), 5 * MIB + 77, (byte) 1, (byte) 2, (byte) 3);
        Disks.overwrite(cluster.beta().disk(), 20 * MIB - 1, (byte) 0xA5, (byte) 0x5A);
    }

    @Test
    void badBytesAreFoundAndMended() throws IOException {
        startWithData();
        assertThat(cluster.alpha().verify("").verifyOutcome()).contains("are the same on both");

        corruptBeta();
        Status found = cluster.alpha().verify("");
        assertThat(found.foundRanges()).containsExactly("5242880+4096", "20967424+8192");
        assertThat(found.outOfSyncBytes()).isEqualTo(3 * 4096);
        assertThat(found.mirrored()).isTrue();
        assertThat(found.events()).contains("verify-found: bytes 5242880 to 5246976 differ");
        assertThat(cluster.alpha().rhizome("status").orFail())
                .contains("different:12.0 KiB 5242880+4096 20967424+8192");

        assertThat(cluster.alpha().rhizome("verify", "--repair-found", "r0").orFail())
                .contains("copying what verify has found, 12288 bytes");
        cluster.alpha().await("nothing out of sync", s -> s.inStep() && s.outOfSyncBytes() == 0);
        cluster.requireIdentical();
        assertThat(cluster.alpha().verify("").foundRanges()).isEmpty();
    }

    @Test
    void whatIsFoundOutlivesARestartOfBothDaemons() throws IOException {
        startWithData();
        corruptBeta();
        cluster.alpha().verify("");
        cluster.alpha().stop();
        cluster.beta().stop();
        cluster.startBoth();
        cluster.awaitInStep();
        cluster.alpha().promote();
        assertThat(cluster.alpha().status().outOfSyncBytes()).isEqualTo(3 * 4096);
        cluster.alpha().rhizome("verify", "--repair-found", "r0").orFail();
        cluster.alpha().await("nothing out of sync", s -> s.inStep() && s.outOfSyncBytes() == 0);
        cluster.requireIdentical();
    }

    @Test
    void aPartIsComparedAndMendedAtOnce() throws IOException {
        startWithData();
        corruptBeta();
        cluster.alpha().rhizome("verify", "--start", "4MiB", "--stop", "6MiB", "r0").orFail();
        Status part = cluster.alpha().await("the end", Status::verified);
        assertThat(part.foundRanges()).containsExactly("5242880+4096");

        cluster.alpha().rhizome("verify", "--repair", "r0").orFail();
        cluster.alpha().await("nothing out of sync", s -> s.inStep() && s.outOfSyncBytes() == 0);
        cluster.requireIdentical();
    }

    @Test
    void itIsRefusedWhereItCannotRun() {
        cluster.startInStep();
        Tool.Result onSecondary = cluster.beta().rhizome("verify", "r0");
        assertThat(onSecondary.exitCode()).isEqualTo(REFUSED);
        assertThat(onSecondary.output()).contains("alpha, is Primary").contains("run it there");

        Tool.Result noneToEnd = cluster.alpha().rhizome("verify", "--cancel", "r0");
        assertThat(noneToEnd.exitCode()).isEqualTo(REFUSED);
        assertThat(noneToEnd.output()).contains("no verify is running");

        assertThat(cluster.alpha().rhizome("verify", "--repair-found", "r0").orFail())
                .contains("no verify of this node has found blocks");

        cluster.beta().stop();
        cluster.alpha().await("alone", status -> !status.connected());
        Tool.Result alone = cluster.alpha().rhizome("verify", "r0");
        assertThat(alone.exitCode()).isEqualTo(REFUSED);
        assertThat(alone.output()).contains("both nodes must be connected and UpToDate");
    }

    @Test
    void underLoadNothingIsFoundThatIsNone() throws IOException {
        Tool.requireLibnbd();
        startWithData();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal, 0)) {
            writer.awaitMore(100);
            for (int round = 0; round < 5; round++) {
                Status status = cluster.alpha().verify("");
                assertThat(status.verifyOutcome()).contains("are the same on both nodes");
            }
            writer.awaitMore(100);
            writer.stop();
        }
        cluster.requireIdentical();
    }
}
