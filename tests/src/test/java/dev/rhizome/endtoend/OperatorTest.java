package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.endtoend.ControlSocket.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an operator does and is told. */
@Timeout(120)
final class OperatorTest {
    private static final int REFUSED = 11;
    private static final int NO_UP_TO_DATE_DATA = 17;

    @RegisterExtension final Cluster cluster = new Cluster();

    @Test
    void aNewPairMustBeToldWhoseDataCounts() {
        cluster.startBoth();

        Tool.Result refused = cluster.beta().rhizome("primary", "r0");
        assertThat(refused.exitCode()).isEqualTo(NO_UP_TO_DATE_DATA);
        assertThat(refused.output()).contains("Inconsistent").contains("--force");

        assertThat(cluster.alpha().rhizome("primary", "--force", "r0").orFail())
                .contains("this node is Primary");
        cluster.awaitInStep();
        assertThat(cluster.beta().status().disk()).isEqualTo("UpToDate");
        assertThat(cluster.beta().rhizome("status").orFail())
                .contains("r0 role:Secondary", "disk:UpToDate", "alpha role:Primary");
    }

    @Test
    void thereIsOnePrimary() {
        cluster.startInStep();

        for (String[] words : new String[][] {{"r0"}, {"--force", "r0"}}) {
            Tool.Result refused = cluster.beta().rhizome("primary", words);
            assertThat(refused.exitCode()).isEqualTo(REFUSED);
            assertThat(refused.output()).contains("Primary").contains("demote");
        }

        cluster.alpha().demote();
        cluster.beta().promote();
        assertThat(cluster.beta().status().role()).isEqualTo("Primary");
        cluster.awaitInStep();
    }

    @Test
    void onlyAPrimaryServes() {
        cluster.startInStep();
        Path primarys = cluster.alpha().nbdSocket();
        Path secondarys = cluster.beta().nbdSocket();
        assertThat(primarys).exists();
        assertThat(secondarys).doesNotExist();

        cluster.alpha().demote();
        assertThat(primarys).doesNotExist();

        cluster.beta().promote();
        assertThat(secondarys).exists();
        assertThat(primarys).doesNotExist();
    }

    @Test
    void metadataIsNotMadeOnADiskInUse() {
        cluster.alpha().start();

        Tool.Result refused = cluster.alpha().rhizome("create-md", "--force", "r0");

        assertThat(refused.exitCode()).isEqualTo(REFUSED);
        assertThat(refused.output()).contains(cluster.alpha().disk().toString()).contains("in use");
        assertThat(cluster.alpha().status().up()).isTrue();
    }

    @Test
    void metadataIsNotMadeOverAFileSystemOrMetadata() throws IOException {
        Tool.require("mkfs.ext4");
        Path disk = cluster.alpha().disk();
        Tool.Result overMetadata = cluster.alpha().rhizome("create-md", "r0");
        assertThat(overMetadata.exitCode()).isEqualTo(REFUSED);
        assertThat(overMetadata.output()).contains("holds Rhizome metadata already");

        Files.delete(disk);
        Disks.create(disk, 64 << 20);
        Tool.run("mkfs.ext4", "-q", disk.toString()).orFail();
        Tool.Result overFileSystem = cluster.alpha().rhizome("create-md", "r0");
        assertThat(overFileSystem.exitCode()).isEqualTo(REFUSED);
        assertThat(overFileSystem.output()).contains("ext4 file system").contains("--force");

        cluster.alpha().rhizome("create-md", "--force", "r0").orFail();
    }

    @Test
    void disconnectedStaysSoUntilConnectIsSaid() throws IOException {
        cluster.startInStep();

        cluster.alpha().rhizome("disconnect", "r0").orFail();
        Status left = cluster.alpha().await("StandAlone", s -> s.connection().equals("StandAlone"));
        assertThat(left.connectionReason()).contains("disconnected by command");
        cluster.beta().await("not connected", status -> !status.connected());

        cluster.alpha().rhizome("connect", "r0").orFail();
        cluster.beta().post("connect");
        cluster.requireIdentical();
    }

    @Test
    void aResourceGoesDownAndUpAgain() throws IOException {
        cluster.startInStep();

        assertThat(cluster.beta().rhizome("down", "r0").orFail()).contains("down");
        Status down = cluster.beta().status();
        assertThat(down.up()).isFalse();
        assertThat(down.downReason()).contains("by command");
        Answer refused = cluster.beta().post("primary");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text()).contains("r0 is down");
        cluster.alpha().await("not connected", status -> !status.connected());

        cluster.beta().rhizome("up", "r0").orFail();
        cluster.requireIdentical();
    }

    @Test
    void afterACleanStopOfBothNothingIsCopied() throws IOException {
        cluster.startInStep();

        assertThat(cluster.alpha().stop()).as("exit code of SIGTERM").isZero();
        assertThat(cluster.beta().stop()).as("exit code of SIGTERM").isZero();
        assertThat(cluster.alpha().nbdSocket()).doesNotExist();
        assertThat(cluster.alpha().controlSocket()).doesNotExist();

        cluster.startBoth();
        cluster.requireIdentical();
        assertThat(cluster.alpha().status().resyncedBytes()).isZero();
        assertThat(cluster.beta().status().resyncedBytes()).isZero();
        cluster.beta().promote();
    }

    @Test
    void aSecondDaemonIsRefused() {
        cluster.alpha().start();

        Tool.Result second = cluster.alpha().rhizome("daemon");

        assertThat(second.exitCode()).isEqualTo(REFUSED);
        assertThat(second.output()).contains("a daemon is running already");
        assertThat(cluster.alpha().status().up()).isTrue();
    }

    @Test
    void withoutADaemonACommandSaysSo() {
        Tool.Result nobody = cluster.alpha().rhizome("status");

        assertThat(nobody.exitCode()).isEqualTo(20);
        assertThat(nobody.output()).contains("cannot reach the daemon");
    }
}
