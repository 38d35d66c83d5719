package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A full resync of volumes that are nearly the same sends little more than checksums. */
@Timeout(180)
final class ChecksumResyncTest {
    private static final long MIB = 1 << 20;
    private static final Pattern BYTES_SENT = Pattern.compile("\\bbytes_sent:(\\d+)");

    @RegisterExtension final Cluster cluster = new Cluster().net("csums-alg = sha256");

    private void fillBoth() throws IOException {
        Disks.fill(cluster.alpha().disk(), 40 * MIB, 1);
        Disks.fill(cluster.beta().disk(), 40 * MIB, 1);
    }

    /** What both ends of the link have sent, whatever it was, as the kernel counts. */
    private long linkBytes() {
        String ports =
                "( sport = :%1$d or dport = :%1$d or sport = :%2$d or dport = :%2$d )"
                        .formatted(cluster.alphaPort(), cluster.betaPort());
        Matcher sent = BYTES_SENT.matcher(Tool.run("ss", "-Htin", ports).orFail());
        long total = 0;
        while (sent.find()) {
            total += Long.parseLong(sent.group(1));
        }
        return total;
    }

    @Test
    void volumesThatAreTheSameSendUnderTwoPercent() throws IOException {
        Tool.require("ss");
        fillBoth();
        cluster.startInStep();
        long volume = cluster.alpha().status().sizeBytes();
        assertThat(cluster.alpha().status().resyncSameBytes()).isEqualTo(volume);
        assertThat(cluster.beta().status().resyncSameBytes()).isEqualTo(volume);
        assertThat(cluster.alpha().status().resyncedBytes()).isZero();
        long sent = linkBytes();
        System.out.printf("%d bytes on the link for a volume of %d%n", sent, volume);
        assertThat(sent).isBetween(volume / 1000, volume / 50);
        cluster.requireIdentical();
    }

    @Test
    void whatDiffersIsCopied() throws IOException {
        fillBoth();
        Disks.overwrite(cluster.beta().disk(), 7 * MIB, (byte) 1);
        Disks.overwrite(cluster.beta().disk(), 30 * MIB - 1, (byte) 0xA5, (byte) 0x5A);
        cluster.startInStep();
        assertThat(cluster.alpha().status().resyncedBytes()).isEqualTo(3 * 4096);
        cluster.requireIdentical();
    }
}
