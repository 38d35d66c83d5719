package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two networks between two nodes, of which one fails. */
@Timeout(120)
final class TwoPathsTest {
    @RegisterExtension final Cluster cluster = Cluster.throughProxies(2, "");

    @Test
    void theLinkGoesOverTheOtherPathWhenOneFails() throws IOException {
        Tool.requireLibnbd();
        cluster.startInStep();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal, 0)) {
            for (int round = 0; round < 4; round++) {
                int used = cluster.alpha().status().path().endsWith("path 1 of 2") ? 0 : 1;
                boolean silent = round % 2 == 0;
                for (FaultyProxy proxy : cluster.path(used)) {
                    if (silent) {
                        proxy.swallowAll();
                    } else {
                        proxy.refuse(true);
                        proxy.cut();
                    }
                }
                String other = "path " + (2 - used) + " of 2";
                for (NodeProcess node : new NodeProcess[] {cluster.alpha(), cluster.beta()}) {
                    node.await(
                            "mirrored over " + other,
                            status -> status.mirrored() && status.path().endsWith(other));
                }
                cluster.path(used).forEach(FaultyProxy::heal);
            }
            writer.awaitMore(250);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal);
    }
}
