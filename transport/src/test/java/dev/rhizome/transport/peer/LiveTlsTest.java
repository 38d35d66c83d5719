package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.transport.peer.LiveTls.Look;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of files that change. */
final class LiveTlsTest {
    private static final Duration DAYS = Duration.ofDays(20);

    /** A clock that is set by hand. */
    private static final class SetClock extends Clock {
        private Instant now;

        SetClock(Instant now) {
            this.now = now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private final Path directory;
    private final TestCluster cluster;
    private final TlsFiles files;
    private final PeerTls peer;
    private final LiveTls live;

    LiveTlsTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        cluster = new TestCluster(directory.resolve("ca"));
        // On a node of its own the list comes and goes by itself.
        files = cluster.files("a").withRevoked(directory.resolve("list"));
        peer = cluster.tls("b");
        live = LiveTls.load(files, "a");
    }

    private void list() throws Exception {
        Files.copy(
                cluster.revokedFile(),
                directory.resolve("list"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Looks twice, as time passes: what is still wrong is told at the second look. */
    private Look problem() {
        assertThat(live.look(false).problem()).as("it may be half done").isEmpty();
        Look second = live.look(false);
        assertThat(second.problem()).doesNotContain("\n");
        return second;
    }

    @Test
    void whatHasNotChangedIsNotLoaded() {
        PeerTls before = live.current();
        assertThat(live.look(false).changed()).isFalse();
        assertThat(live.look(true).changed()).isFalse();
        assertThat(live.current()).isSameAs(before);
    }

    @Test
    void aRenewedCertificateIsTakenUp() throws Exception {
        String before = PeerTls.serial(live.current().certificate());
        cluster.renew("a", DAYS);

        Look look = live.look(false);

        String serial = PeerTls.serial(live.current().certificate());
        assertThat(serial).isNotEqualTo(before);
        assertThat(look.changed()).isTrue();
        assertThat(look.news()).contains("certificate of 'a', serial " + serial);
        assertThat(live.look(false).changed()).isFalse();
    }

    @Test
    void halfARenewalIsWaitedForAndNotTold() throws Exception {
        byte[] oldCertificate = Files.readAllBytes(files.certificate());
        String before = PeerTls.serial(live.current().certificate());
        cluster.renew("a", DAYS);
        byte[] newCertificate = Files.readAllBytes(files.certificate());
        Files.write(files.certificate(), oldCertificate);

        Look half = live.look(false);
        assertThat(half.changed()).isFalse();
        assertThat(half.problem()).isEmpty();
        assertThat(live.problem()).isEmpty();
        assertThat(PeerTls.serial(live.current().certificate())).isEqualTo(before);

        Files.write(files.certificate(), newCertificate);
        assertThat(live.look(false).changed()).isTrue();
        assertThat(PeerTls.serial(live.current().certificate())).isNotEqualTo(before);
    }

    @Test
    void aBadCertificateIsToldOnceAndTheOldOneStays() throws Exception {
        PeerTls before = live.current();
        Files.writeString(files.certificate(), "");

        assertThat(problem().problem())
                .contains(files.certificate() + " is empty")
                .contains("the certificate of before stays in use");
        assertThat(live.look(false).problem()).as("told already").isEmpty();
        assertThat(live.problem()).contains("is empty");
        assertThat(live.current()).isSameAs(before);

        Files.delete(files.certificate());
        cluster.issue("a");
        assertThat(live.look(false).changed()).isTrue();
        assertThat(live.problem()).isEmpty();
    }

    @Test
    void whatComesRightByItselfIsTakenUp() throws Exception {
        Instant start = Instant.now();
        SetClock clock = new SetClock(start);
        LiveTls waiting = LiveTls.load(files, "a", TlsEngine.JDK, clock);
        clock.now = start.minus(Duration.ofDays(2));
        cluster.renew("a", DAYS);
        assertThat(waiting.look(true).problem()).contains("is not valid before");
        assertThat(waiting.look(false).changed()).isFalse();

        clock.now = start;
        boolean changed = false;
        for (int looks = 0; looks < 10 && !changed; looks++) {
            changed = waiting.look(false).changed();
        }
        assertThat(changed).isTrue();
        assertThat(waiting.problem()).isEmpty();
    }

    @Test
    void anOperatorWhoAsksIsToldAtOnce() throws Exception {
        Files.delete(files.key());
        assertThat(live.look(true).problem()).contains(files.key() + " is missing");
    }

    @Test
    void aListThatAppearsCounts() throws Exception {
        assertThat(live.current().refusal(peer.certificate())).isEmpty();
        cluster.revoke("b");
        assertThat(live.look(false).changed()).as("it is not here yet").isFalse();
        list();

        assertThat(live.look(false).news()).contains("1 revoked");

        assertThat(live.current().refusal(peer.certificate()))
                .contains("peer's certificate was revoked on 20")
                .contains(PeerTls.serial(peer.certificate()));
        assertThat(live.current().refusal(live.current().certificate())).isEmpty();
        assertThat(live.current().refusal(null)).isEmpty();
    }

    @Test
    void aListCountsAlsoWhileTheCertificateIsBad() throws Exception {
        Files.writeString(files.certificate(), "nonsense");
        cluster.revoke("b");
        list();

        Look look = live.look(true);

        assertThat(look.changed()).isTrue();
        assertThat(look.problem()).contains(files.certificate() + " holds no certificate");
        assertThat(live.current().refusal(peer.certificate())).contains("was revoked");
    }

    @Test
    void aListThatIsLostOrDamagedCountsAllTheSame() throws Exception {
        cluster.revoke("b");
        list();
        assertThat(live.look(false).changed()).isTrue();
        Path list = directory.resolve("list");

        Files.delete(list);
        assertThat(problem().problem()).contains(list + " is gone").contains("put it back");
        assertThat(live.current().refusal(peer.certificate())).contains("was revoked");

        Files.writeString(list, "garbage");
        assertThat(problem().problem()).contains(list + " holds no revocation list");
        assertThat(live.current().refusal(peer.certificate())).contains("was revoked");

        Files.copy(
                new TestCluster(directory.resolve("other")).revokedFile(),
                list,
                StandardCopyOption.REPLACE_EXISTING);
        assertThat(problem().problem()).contains(list + " is not signed by this cluster's CA");
        assertThat(live.current().refusal(peer.certificate())).contains("was revoked");
    }

    @Test
    void theEndIsToldThirtyDaysAhead() throws Exception {
        Instant end = live.current().validUntil();
        assertThat(warnings(end.minus(Duration.ofDays(31)))).isEmpty();
        assertThat(warnings(end.minus(Duration.ofDays(29).plusHours(1))))
                .contains("this node's certificate, 'a', expires in 29 days, on " + end)
                .contains("renew it (rhizome pki renew)")
                .contains("the peer's certificate expires in 29 days");
        Instant last = live.current().authorities().get(0).getNotAfter().toInstant();
        cluster.renew("a", Duration.ofDays(5000));
        assertThat(warnings(last.minus(Duration.ofDays(2))))
                .contains("the authority's certificate, CN=test CA, expires in 2 days")
                .contains("this node's certificate, 'a', expires in 2 days");
    }

    /** At some time, while a peer is connected whose certificate ends when it was issued to. */
    private String warnings(Instant now) throws Exception {
        PeerTls then =
                LiveTls.load(files, "a", TlsEngine.JDK, Clock.fixed(now, ZoneOffset.UTC)).current();
        return String.join("\n", then.warnings(peer.certificate()));
    }

    @Test
    void anExpiredCertificateOfARunningNodeIsTold() throws Exception {
        PeerTls late =
                PeerTls.of(
                        live.current().credentials(),
                        Revocations.NONE,
                        TlsEngine.JDK,
                        Clock.offset(Clock.systemUTC(), Duration.ofDays(500)));
        assertThat(late.warnings(null))
                .singleElement()
                .asString()
                .contains("this node's certificate, 'a', has expired on 20")
                .contains("renew it");
    }

    @Test
    void anOwnCertificateThatIsRevokedIsTold() throws Exception {
        cluster.revoke("a");
        list();
        live.look(false);
        assertThat(live.current().warnings(null))
                .singleElement()
                .asString()
                .contains("this node's certificate was revoked on 20")
                .contains("issue a new one");
    }
}
