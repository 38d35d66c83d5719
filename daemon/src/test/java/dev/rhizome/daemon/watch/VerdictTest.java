package dev.rhizome.daemon.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.VolumeStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who has all data, in all combinations that a person would ask about. */
class VerdictTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PRIMARY|UP_TO_DATE|UP_TO_DATE|CONNECTED|ESTABLISHED|0|both|Both nodes have all"
                        + " data",
                "PRIMARY|UP_TO_DATE|UP_TO_DATE|CONNECTED|ESTABLISHED|8192|differ|8.0 KiB differ",
                "PRIMARY|UP_TO_DATE|DISKLESS|CONNECTED|ESTABLISHED|0|only-self|Only alpha has",
                "PRIMARY|DISKLESS|UP_TO_DATE|CONNECTED|ESTABLISHED|0|only-peer|Only beta has all",
                "PRIMARY|DISKLESS|OUTDATED|CONNECTED|ESTABLISHED|0|neither|Neither node has",
                "PRIMARY|UP_TO_DATE|INCONSISTENT|CONNECTED|SYNC_SOURCE|9|resync|beta is being",
                "SECONDARY|INCONSISTENT|UP_TO_DATE|CONNECTED|SYNC_TARGET|9|resync|alpha is being",
                "SECONDARY|OUTDATED|UP_TO_DATE|CONNECTED|STARTING_SYNC_TARGET|9|resync|alpha is"
                        + " being",
                "PRIMARY|UP_TO_DATE|UNKNOWN|CONNECTING|OFF|0|alone|Only alpha has all data",
                "SECONDARY|UP_TO_DATE|OUTDATED|STAND_ALONE|OFF|0|alone|Only alpha has all data",
                "SECONDARY|UP_TO_DATE|UNKNOWN|CONNECTING|OFF|0|alone-secondary|alpha is alone",
                "SECONDARY|CONSISTENT|UNKNOWN|CONNECTING|OFF|0|not-known|It is not known whether",
                "SECONDARY|OUTDATED|UNKNOWN|CONNECTING|OFF|0|outdated|The data of alpha is old",
                "SECONDARY|INCONSISTENT|UNKNOWN|CONNECTING|OFF|0|inconsistent|The data of alpha is",
                "SECONDARY|DISKLESS|UNKNOWN|CONNECTING|OFF|0|no-disk|alpha has no disk",
                "SECONDARY|ATTACHING|UNKNOWN|CONNECTING|OFF|0|attaching|alpha is opening its disk"
            })
    void theFirstRuleThatFits(
            Role role,
            DiskState disk,
            DiskState peerDisk,
            ConnectionState connection,
            ReplicationState flow,
            long outOfSync,
            String rule,
            String title) {
        Verdict verdict = of(status(role, disk, peerDisk, connection, flow, outOfSync, "no", "no"));

        assertThat(verdict.rule()).isEqualTo(rule);
        assertThat(verdict.title()).startsWith(title);
        assertThat(verdict.level() == Level.GOOD).isEqualTo(rule.equals("both"));
    }

    @Test
    void clientsThatWaitComeFirst() {
        Verdict verdict =
                of(
                        status(
                                Role.PRIMARY,
                                DiskState.UP_TO_DATE,
                                DiskState.UNKNOWN,
                                ConnectionState.CONNECTING,
                                ReplicationState.OFF,
                                0,
                                "fencing",
                                "no"));

        assertThat(verdict.level()).isEqualTo(Level.BAD);
        assertThat(verdict.title()).isEqualTo("Clients wait");
        assertThat(verdict.detail()).isEqualTo("They wait for it.");
    }

    @Test
    void aResyncThatIsPausedWarns() {
        Verdict verdict =
                of(
                        status(
                                Role.PRIMARY,
                                DiskState.UP_TO_DATE,
                                DiskState.INCONSISTENT,
                                ConnectionState.CONNECTED,
                                ReplicationState.PAUSED_SYNC_SOURCE,
                                9,
                                "no",
                                "user"));

        assertThat(verdict.level()).isEqualTo(Level.WARNING);
        assertThat(verdict.title()).isEqualTo("beta is not up to date, and its resync is paused");
    }

    @Test
    void theDetailSaysWhyAndWhatOfIt() {
        Verdict verdict =
                of(
                        status(
                                Role.PRIMARY,
                                DiskState.UP_TO_DATE,
                                DiskState.UNKNOWN,
                                ConnectionState.CONNECTING,
                                ReplicationState.OFF,
                                1 << 20,
                                "no",
                                "no"));

        assertThat(verdict.detail())
                .isEqualTo("beta is not connected: refused. 1.0 MiB may differ by now.");
    }

    private static Verdict of(VolumeStatus status) {
        return Verdict.of(new ResourceStatus("r0", "alpha", status, ""));
    }

    private static VolumeStatus status(
            Role role,
            DiskState disk,
            DiskState peerDisk,
            ConnectionState connection,
            ReplicationState flow,
            long outOfSync,
            String suspended,
            String paused) {
        VolumeStatus like = FakeVolume.connected("r0", "alpha", "beta", null);
        return new VolumeStatus(
                like.resource(),
                like.node(),
                like.peer(),
                role,
                like.mayPromote(),
                like.promotionScore(),
                like.peerRole(),
                disk,
                peerDisk,
                connection,
                "refused",
                flow,
                like.sizeBytes(),
                like.diskPath(),
                like.device(),
                suspended,
                suspended.equals("no") ? "" : "they wait for it",
                like.resync(),
                paused,
                like.resyncedBytes(),
                outOfSync,
                like.comparison(),
                like.generations(),
                null,
                like.optionsThatDiffer(),
                like.ioEngine(),
                like.tlsEngine(),
                like.link(),
                like.certificates(),
                like.counters(),
                like.recentEvents());
    }
}
