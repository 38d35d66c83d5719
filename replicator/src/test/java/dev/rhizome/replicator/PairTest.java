package dev.rhizome.replicator;

import static dev.rhizome.replicator.Pair.accepted;
import static dev.rhizome.replicator.Pair.await;
import static dev.rhizome.replicator.Pair.awaitInStep;
import static dev.rhizome.replicator.Pair.get;
import static dev.rhizome.replicator.Pair.pattern;
import static dev.rhizome.replicator.Pair.read;
import static dev.rhizome.replicator.Pair.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roles, connections and resync of two replicas. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PairTest {
    private static final int MIB = 1 << 20;

    private Pair pair;

    @BeforeEach
    void create(@TempDir Path folder) throws Exception {
        pair = Pair.created(folder);
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private ReplicatedVolume openPrimary() throws Exception {
        ReplicatedVolume alpha = pair.open("alpha");
        accepted(alpha.promote(true));
        return alpha;
    }

    @Test
    void commandsAreRefusedByName() throws Exception {
        ReplicatedVolume alpha = pair.open("alpha");
        assertThat(refused(alpha.promote(false))).isEqualTo("no-up-to-date-data-inconsistent");
        assertThat(accepted(alpha.demote(false)).rule()).isEqualTo("already-secondary");
        assertThat(accepted(alpha.connect()).rule()).isEqualTo("already-connecting");

        assertThat(accepted(alpha.promote(true)).rule()).isEqualTo("forced");
        assertThat(accepted(alpha.promote(true)).rule()).isEqualTo("already-primary");

        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);
        assertThat(refused(beta.promote(false))).isEqualTo("peer-refuses");
        assertThat(refused(beta.promote(true))).isEqualTo("peer-refuses");
        assertThat(beta.status().role()).isEqualTo(Role.SECONDARY);
    }

    @Test
    void theRolesChangeOver() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);
        get(alpha.write(4096, pattern(1, 2 * MIB), false));

        assertThat(accepted(alpha.demote(false)).rule()).isEqualTo("demoted");
        assertThat(accepted(beta.promote(false)).rule()).isEqualTo("up-to-date");

        assertThat(read(beta, 4096, 2 * MIB)).isEqualTo(pattern(1, 2 * MIB));
        await(alpha, status -> status.peerRole() == Role.PRIMARY);
        get(beta.write(0, pattern(2, 4096), true));
        pair.assertIdentical(alpha.status().sizeBytes());
    }

    @Test
    void whatWasWrittenWhileDisconnectedIsResynced() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);

        accepted(alpha.disconnect());
        VolumeStatus left = await(alpha, s -> s.connection() == ConnectionState.STAND_ALONE);
        assertThat(left.connectionReason()).isEqualTo("disconnected by command");
        await(beta, status -> status.connection() == ConnectionState.CONNECTING);
        get(alpha.write(0, pattern(3, 3 * MIB), false));
        get(alpha.trim(4 * MIB, MIB));

        accepted(alpha.connect());
        awaitInStep(alpha, beta);
        assertThat(beta.status().resyncedBytes()).isGreaterThanOrEqualTo(3 * MIB);
        pair.assertIdentical(alpha.status().sizeBytes());
        assertThat(alpha.status().generations()).isEqualTo(beta.status().generations());
    }

    @Test
    void aPeerThatWasClosedComesBackAndIsResynced() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);
        beta.close();
        await(alpha, status -> status.connection() == ConnectionState.CONNECTING);
        get(alpha.write(MIB, pattern(4, 2 * MIB), true));

        ReplicatedVolume again = pair.open("beta");
        awaitInStep(alpha, again);

        pair.assertIdentical(alpha.status().sizeBytes());
        get(alpha.write(0, pattern(5, 4096), false));
        pair.assertIdentical(alpha.status().sizeBytes());
    }

    @Test
    void linksThatComeAndGoDoNotStopTheVolume() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);
        for (int i = 0; i < 8; i++) {
            ReplicatedVolume leaver = i % 2 == 0 ? alpha : beta;
            accepted(leaver.disconnect());
            await(leaver, status -> status.connection() == ConnectionState.STAND_ALONE);
            get(alpha.write(i * 4096L, pattern(i, 4096), false));
            accepted(leaver.connect());
            awaitInStep(alpha, beta);
        }
        pair.assertIdentical(alpha.status().sizeBytes());
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void worksWithAndWithoutIoUringAndDirectIo(boolean ioUring, boolean directIo) throws Exception {
        ReplicatedVolume alpha =
                pair.open(pair.options("alpha").ioUring(ioUring).directIo(directIo));
        ReplicatedVolume beta = pair.open(pair.options("beta").ioUring(ioUring).directIo(directIo));
        accepted(alpha.promote(true));
        awaitInStep(alpha, beta);
        if (!ioUring) {
            assertThat(alpha.status().ioEngine()).startsWith("worker-threads: ");
        }

        get(alpha.write(0, pattern(6, 3 * MIB), true));
        get(alpha.zero(MIB, MIB));
        get(alpha.trim(2 * MIB, 4096));
        get(alpha.flush());

        assertThat(read(alpha, 0, MIB)).isEqualTo(pattern(6, 3 * MIB).limit(MIB));
        pair.assertIdentical(alpha.status().sizeBytes());
    }

    @Test
    void statusTellsWhatBothAre() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);
        VolumeStatus status = beta.status();
        assertThat(status.resource()).isEqualTo("r0");
        assertThat(status.node()).isEqualTo("beta");
        assertThat(status.peer()).isEqualTo("alpha");
        assertThat(status.role()).isEqualTo(Role.SECONDARY);
        assertThat(status.peerRole()).isEqualTo(Role.PRIMARY);
        assertThat(status.disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(status.connection()).isEqualTo(ConnectionState.CONNECTED);
        assertThat(status.resync()).isNull();
        assertThat(status.resyncedBytes()).isEqualTo(status.sizeBytes());
        assertThat(status.diskPath()).isEqualTo(pair.disk("beta").toString());
        assertThat(status.recentEvents()).extracting(VolumeEvent::rule).contains("handshake");
        get(alpha.write(0, pattern(1, 4096), false));
        assertThat(beta.status().counters().receivedBytes()).isEqualTo(4096);
        assertThat(alpha.status().counters().writtenBytes()).isEqualTo(4096);
    }
}
