package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.endtoend.FaultyProxy.Direction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What networks do to the link of two real daemons, while a writer has requests in flight. */
@Timeout(240)
final class LinkFaultsTest {
    private static final int SOME_WRITES = 250;

    @RegisterExtension final Cluster cluster = Cluster.throughProxies(1, ", ping-timeout = 1s");

    @BeforeEach
    void start() {
        Tool.requireLibnbd();
        cluster.startInStep();
    }

    private Path journal() {
        return cluster.folder().resolve("journal");
    }

    private StampedWriter writer() {
        return StampedWriter.start(cluster.alpha(), journal(), 0);
    }

    private void heal() {
        cluster.proxies().forEach(FaultyProxy::heal);
    }

    private void endWith(StampedWriter writer) throws IOException {
        writer.awaitMore(SOME_WRITES);
        assertThat(writer.stop().failed()).isZero();
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal());
    }

    private void awaitLoss(int alphaSaid, int betaSaid) {
        cluster.alpha().process().awaitLine("is down:", alphaSaid);
        cluster.beta().process().awaitLine("is down:", betaSaid);
    }

    private void awaitMirrored() {
        cluster.alpha().await("up to date again", Status::mirrored);
        cluster.beta().await("up to date again", Status::mirrored);
    }

    @Test
    void cutAtManyBytesOfTheHandshake() throws IOException {
        try (StampedWriter writer = writer()) {
            Random random = new Random(1);
            for (int round = 0; round < 24; round++) {
                // TLS, both prefaces and hellos, the resync's beginning.
                int bytes = round < 4 ? round : 50 + random.nextInt(12_000);
                Direction direction = Direction.values()[round % 2];
                long before = cluster.proxies().stream().mapToLong(FaultyProxy::accepted).sum();
                cluster.proxies().forEach(proxy -> proxy.cutAt(direction, bytes));
                cluster.proxies().forEach(FaultyProxy::cut);
                awaitAttempts(before + 2);
                heal();
                awaitMirrored();
            }
            endWith(writer);
        }
    }

    private void awaitAttempts(long count) {
        Waiting.until(
                "attempts to connect",
                () -> cluster.proxies().stream().mapToLong(FaultyProxy::accepted).sum() >= count);
    }

    @Test
    void cutAtManyBytesUnderLoad() throws IOException {
        try (StampedWriter writer = writer()) {
            Random random = new Random(2);
            for (int round = 0; round < 12; round++) {
                int alphaSaid = cluster.alpha().process().lines().size();
                int betaSaid = cluster.beta().process().lines().size();
                Direction direction = Direction.values()[round % 2];
                // Sooner or later, within a frame as a rule, counted from each connection's start.
                long bytes = 20_000L + random.nextInt(300_000);
                cluster.proxies().forEach(proxy -> proxy.cutAt(direction, bytes));
                awaitLoss(alphaSaid, betaSaid);
                heal();
                awaitMirrored();
            }
            endWith(writer);
        }
    }

    @Test
    void halfOpenEitherWayAndBoth() throws IOException {
        try (StampedWriter writer = writer()) {
            for (int round = 0; round < 6; round++) {
                int alphaSaid = cluster.alpha().process().lines().size();
                int betaSaid = cluster.beta().process().lines().size();
                for (FaultyProxy proxy : cluster.proxies()) {
                    if (round % 3 != 1) {
                        proxy.swallow(Direction.FORTH);
                    }
                    if (round % 3 != 0) {
                        proxy.swallow(Direction.BACK);
                    }
                }
                awaitLoss(alphaSaid, betaSaid);
                writer.awaitMore(SOME_WRITES);
                heal();
                awaitMirrored();
            }
            endWith(writer);
        }
    }

    @Test
    void flapping() throws IOException {
        try (StampedWriter writer = writer()) {
            for (int round = 0; round < 10; round++) {
                long before = cluster.alpha().logged("link to 'beta' is up");
                cluster.proxies().forEach(FaultyProxy::cut);
                Waiting.until(
                        "the link is up again",
                        () -> cluster.alpha().logged("link to 'beta' is up") > before);
            }
            awaitMirrored();
            endWith(writer);
        }
    }
}
