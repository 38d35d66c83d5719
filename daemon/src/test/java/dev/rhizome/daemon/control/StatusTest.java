package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.core.verify.FoundRange;
import dev.rhizome.core.verify.VerifyReport;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.CertificatesStatus;
import dev.rhizome.replicator.ComparisonStatus;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VerifyProgress;
import dev.rhizome.replicator.VolumeStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusTest {
    private static final ResyncProgress RESYNC =
            new ResyncProgress(
                    1L << 30,
                    (1L << 30) / 10_000 * 1234 + 4096,
                    88_604_672,
                    33,
                    "application-latency",
                    90 << 20);

    @Test
    void textHasDrbdsForm() {
        String text =
                StatusText.of(
                        List.of(
                                up(FakeVolume.connected("r0", "alpha", "beta", RESYNC)),
                                up(FakeVolume.connected("r1", "alpha", "beta", null)),
                                up(FakeVolume.alone("r2", "alpha", "beta")),
                                down("r3")));

        assertThat(text)
                .isEqualTo(
                        """
                        r0 role:Primary
                          disk:UpToDate
                          device:/dev/rhizome/r0 node:/dev/nbd0 front-end:nbd
                          beta role:Secondary
                            replication:SyncSource peer-disk:Inconsistent done:12.34
                            resync:126.4 MiB of 1.0 GiB, 84.5 MiB/s, 33 s left \
                        limit:application-latency want:90.0 MiB/s
                            path:192.168.7.2:7790, path 1 of 2 compressing:yes
                            certificate:beta valid-until:2034-05-06T07:08:09Z serial:B1
                          handshake:source-bitmap rule:split-brain-bitmap \
                        resolution:discard-my-data at:2024-05-06T07:08:09Z
                            self:00000000000000A1:00000000000000A0
                            peer:00000000000000A2:00000000000000A0:00000000000000A0

                        r1 role:Primary
                          disk:UpToDate
                          device:/dev/rhizome/r1 node:/dev/nbd0 front-end:nbd
                          beta role:Secondary
                            peer-disk:UpToDate
                            path:192.168.7.2:7790, path 1 of 2 compressing:yes
                            certificate:beta valid-until:2034-05-06T07:08:09Z serial:B1
                          handshake:source-bitmap rule:split-brain-bitmap \
                        resolution:discard-my-data at:2024-05-06T07:08:09Z
                            self:00000000000000A1:00000000000000A0
                            peer:00000000000000A2:00000000000000A0:00000000000000A0

                        r2 role:Secondary
                          disk:Consistent
                          beta connection:Connecting
                            reason:192.168.7.2:7790 refuses the connection
                            out-of-sync:1.0 MiB
                          configuration differs:net.ping-timeout is 500 ms here, 2000 ms there

                        r3 down
                          reason:its disk is missing
                        """);
        assertThat(StatusText.of(List.of())).isEqualTo("# no resources on this node\n");
    }

    @Test
    void jsonHasDrbdsNamesAndUnits() throws Exception {
        assertThat(json(up(FakeVolume.connected("r0", "alpha", "beta", RESYNC))))
                .isEqualTo(
                        """
                        {"name":"r0","node":"alpha","up":true,"role":"Primary","may-promote":false,"promotion-score":10102,"suspended":"no",\
                        "devices":[{"volume":0,"disk-state":"UpToDate",\
                        "backing-disk":"/dev/vg0/r0","device":"/dev/rhizome/r0",\
                        "device-node":"/dev/nbd0","front-end":"nbd",\
                        "size":4194304,"read":4,"written":8,\
                        "al-writes":5,"bm-writes":7,"upper-pending":2}],\
                        "connections":[{"name":"beta","connection-state":"Connected",\
                        "connection-reason":"agreed","peer-role":"Secondary",\
                        "path":"192.168.7.2:7790, path 1 of 2","compressing":true,\
                        "links":3,\
                        "own-certificate":{"subject":"CN=alpha","names":["alpha"],\
                        "serial":"A1","valid-until":"2034-05-06T07:08:09Z"},\
                        "peer-certificate":{"subject":"CN=beta","names":["beta"],\
                        "serial":"B1","valid-until":"2034-05-06T07:08:09Z"},\
                        "peer_devices":[{"volume":0,"replication-state":"SyncSource",\
                        "peer-disk-state":"Inconsistent","received":1,"sent":16,\
                        "out-of-sync":919178,"percent-in-sync":78.08,\
                        "resync-suspended":"no","has-sync-details":true,\
                        "percent-resync-done":12.34,"estimated-seconds-to-finish":33,\
                        "resync":{"total-bytes":1073741824,"done-bytes":132503612,\
                        "bytes-per-second":88604672,"seconds-left":33,\
                        "limit":"application-latency","want-bytes-per-second":94371840},\
                        "verify-found":false}]}],\
                        "generations":{"current":"00000000000000A1",\
                        "bitmap":"0000000000000000","history":["00000000000000A0"]},\
                        "options-that-differ":[],\
                        "last-handshake":{"verdict":"source-bitmap",\
                        "rule":"split-brain-bitmap","resolution":"discard-my-data",\
                        "meaning":"resolved","at":"2024-05-06T07:08:09Z",\
                        "generations":{"current":"00000000000000A1",\
                        "bitmap":"00000000000000A0","history":[]},\
                        "peer-generations":{"current":"00000000000000A2",\
                        "bitmap":"00000000000000A0","history":["00000000000000A0"]}},\
                        "io-engine":"io_uring","tls-engine":"BoringSSL",\
                        "certificates":{"own":{"subject":"CN=alpha","names":["alpha"],\
                        "serial":"A1","valid-until":"2034-05-06T07:08:09Z"},\
                        "authorities":[{"subject":"CN=rhizome CA","names":[],\
                        "serial":"A0","valid-until":"2034-05-06T07:08:09Z"}],"warnings":[]},\
                        "resynced-bytes":8192,\
                        "resync-same-bytes":4096,\
                        "counters":{"read-bytes":4096,"written-bytes":8192,"flushes":3,\
                        "sent-bytes":16384,"received-bytes":1024,"in-flight":2,"failed":1,\
                        "data-bytes":65536,"data-wire-bytes":20000,\
                        "data-received-bytes":4096,"data-received-wire-bytes":4096},\
                        "recent-events":[{"rule":"promote","reason":"became Primary"}]}\
                        """);
    }

    @Test
    void certificatesThatNeedAttention() throws Exception {
        CertificatesStatus fine = FakeVolume.connected("r0", "alpha", "beta", null).certificates();
        CertificatesStatus old =
                new CertificatesStatus(
                        fine.own(), fine.authorities(), null, null, List.of("it ends", "so"));
        StringBuilder text = new StringBuilder();
        CertificateText.appendWarnings(text, old);
        CertificateText.appendPeer(text, old);
        assertThat(text.toString()).isEqualTo("  warning:it ends\n  warning:so\n");
        assertThat(JSON.std.asString(CertificateText.json(old)))
                .endsWith("\"warnings\":[\"it ends\",\"so\"]}");
    }

    private static VerifyProgress verify(boolean running) {
        List<FoundRange> ranges =
                List.of(new FoundRange(4096, 8192), new FoundRange(1 << 20, 4096));
        return new VerifyProgress(
                new VerifyReport(
                        running,
                        0,
                        1L << 30,
                        1 << 28,
                        16_384,
                        ranges,
                        4096,
                        running ? "" : "done: it"),
                running ? 88_604_672 : 0,
                running ? 9 : -1);
    }

    @Test
    void aVerifyThatRuns() throws Exception {
        VerifyProgress verify = verify(true);
        StringBuilder text = new StringBuilder();
        VerifyStatus.append(text, new ComparisonStatus(0, true, verify));
        assertThat(text.toString())
                .isEqualTo(
                        """
                            verify:25.00%, 84.5 MiB/s, 9 s left
                            different:16.0 KiB 4096+8192 1048576+4096 ...
                        """);
        assertThat(JSON.std.asString(VerifyStatus.json(verify)))
                .isEqualTo(
                        """
                        {"running":true,"start-bytes":0,"stop-bytes":1073741824,\
                        "position-bytes":268435456,"percent-done":25.0,\
                        "bytes-per-second":88604672,"seconds-left":9,"different-bytes":16384,\
                        "ranges":[{"offset-bytes":4096,"length-bytes":8192},\
                        {"offset-bytes":1048576,"length-bytes":4096}],"unlisted-bytes":4096}\
                        """);
    }

    @Test
    void aVerifyThatHasEnded() throws Exception {
        StringBuilder text = new StringBuilder();
        VerifyStatus.append(text, new ComparisonStatus(0, true, verify(false)));
        assertThat(text.toString()).startsWith("    verify:done: it\n    different:16.0 KiB");
        assertThat(JSON.std.asString(VerifyStatus.json(verify(false))))
                .contains("\"running\":false", "\"outcome\":\"done: it\"")
                .doesNotContain("seconds-left");
    }

    @Test
    void whatAnEarlierVerifyHasFound() {
        StringBuilder text = new StringBuilder();
        VerifyStatus.append(text, new ComparisonStatus(0, true, null));
        assertThat(text.toString())
                .isEqualTo(
                        "    verify:an earlier one has found blocks that differ;"
                                + " 'verify --repair-found' copies them\n");
    }

    @Test
    void jsonSaysWhatIsOutOfSync() throws Exception {
        assertThat(json(up(FakeVolume.connected("r0", "alpha", "beta", null))))
                .contains("\"out-of-sync\":0,\"percent-in-sync\":100.0");
        assertThat(json(up(FakeVolume.alone("r0", "alpha", "beta"))))
                .contains("\"out-of-sync\":1024,\"percent-in-sync\":99.97");
        assertThat(json(down("r3")))
                .isEqualTo(
                        """
                        {"name":"r3","node":"alpha","up":false,\
                        "down-reason":"its disk is missing","role":"Unknown",\
                        "devices":[],"connections":[]}\
                        """);
    }

    @Test
    void percentIsNotHundredBeforeTheEnd() {
        assertThat(Percent.of(999_999_999, 1_000_000_000)).isEqualTo(99.99);
        assertThat(Percent.of(5, 5)).isEqualTo(100);
        assertThat(Percent.of(0, 0)).isEqualTo(100);
        assertThat(Percent.of(-1, 5)).isZero();
    }

    private static ResourceStatus up(VolumeStatus status) {
        return of(status.resource(), status, "");
    }

    private static ResourceStatus down(String name) {
        return of(name, null, "its disk is missing");
    }

    private static ResourceStatus of(String name, @Nullable VolumeStatus status, String reason) {
        return new ResourceStatus(name, "alpha", status, reason);
    }

    private static String json(ResourceStatus status) throws Exception {
        return JSON.std.asString(StatusJson.of(status));
    }
}
