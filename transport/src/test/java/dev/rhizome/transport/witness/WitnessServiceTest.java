package dev.rhizome.transport.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.core.witness.Verdict;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TestCluster;
import dev.rhizome.transport.peer.TlsEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes and their witness, over loopback. */
@Timeout(180)
final class WitnessServiceTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final long G1 = 0x1111_2222_3333_4444L;

    private final Path directory;
    private final TestCluster cluster;
    private final TestWitness witness;
    private final PeerTls tlsA;
    private final WitnessClient a;
    private final WitnessClient b;

    WitnessServiceTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        cluster = new TestCluster(Files.createDirectory(directory.resolve("pki")));
        witness = new TestWitness(cluster.tls(TestWitness.NAME));
        tlsA = cluster.tls("a");
        a = witness.client(tlsA);
        b = witness.client(cluster.tls("b", TlsEngine.JDK));
    }

    @AfterEach
    void end() throws Exception {
        witness.close();
    }

    private static WitnessRequest grant(long generation, long ask) {
        return WitnessRequest.grant("r0", generation, 1, ask);
    }

    private WitnessAnswer ask(WitnessClient client, WitnessRequest request) throws Exception {
        return witness.ask(client, request);
    }

    private static WitnessAnswer ended(CompletableFuture<WitnessAnswer> answer) throws Exception {
        return answer.get(2L * Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void oneGetsItAndTheOtherIsToldWhoHasIt() throws Exception {
        assertThat(ask(a, grant(G1, 1)).rule()).isEqualTo("free");
        WitnessAnswer held = ask(b, grant(G1, 1));
        assertThat(held.verdict()).isEqualTo(Verdict.HELD);
        assertThat(held.holder()).isEqualTo("a");
        assertThat(held.sinceMs()).isPositive();
        assertThat(held.reason()).contains("another node has the right");
        assertThat(ask(b, WitnessRequest.release("r0", 1, 1)).verdict())
                .isEqualTo(Verdict.NOT_HELD);
        assertThat(ask(a, WitnessRequest.release("r0", 1, 2)).verdict())
                .isEqualTo(Verdict.RELEASED);
        assertThat(ask(b, grant(G1, 2)).verdict()).isEqualTo(Verdict.GRANTED);
    }

    @Test
    void aWitnessThatIsStartedAgainRemembers() throws Exception {
        ask(a, grant(G1, 1));
        witness.stop();
        assertThat(ask(b, grant(G1, 1)).reason())
                .contains("witness 'witness' at 127.0.0.1:", "connection refused");
        witness.start();
        WitnessAnswer held = ask(witness.client(cluster.tls("c")), grant(G1, 1));
        assertThat(held.holder()).isEqualTo("a");
    }

    @Test
    void aLongListComesWhole() throws Exception {
        for (int i = 0; i < 60; i++) {
            ask(a, WitnessRequest.grant("r" + (100 + i), i, 1, i));
        }
        WitnessAnswer list = ask(b, WitnessRequest.list("", ""));
        assertThat(list.verdict()).isEqualTo(Verdict.LISTED);
        assertThat(list.holdings()).hasSize(60).extracting(Holding::node).containsOnly("a");
        assertThat(list.holdings().get(59).resource()).isEqualTo("r159");
        assertThat(list.holdings().get(59).generations()).containsExactly(59L);
    }

    @Test
    void anAnswerWaitsForTheFile() throws Exception {
        witness.mayWrite.drainPermits();
        WitnessAnswer none = ended(witness.begin(a, grant(G1, 1), SHORT));
        assertThat(none.verdict()).isEqualTo(Verdict.UNREACHABLE);
        assertThat(none.reason()).contains("no answer within 300 ms", "it may have granted");
        // Refusing needs nothing durable but what it rests on.
        CompletableFuture<WitnessAnswer> refused =
                witness.begin(b, grant(G1, 1), TestWitness.PATIENCE);
        assertThat(refused).isNotDone();
        witness.mayWrite.release(1000);
        assertThat(ended(refused).holder()).isEqualTo("a");
        assertThat(ask(a, grant(G1, 1)).rule()).isEqualTo("repeated");
    }

    @Test
    void afterAFailedWriteNobodyIsAnswered() throws Exception {
        witness.refusal = new IOException("no space left");
        WitnessAnswer none = ask(a, grant(G1, 1));
        assertThat(none.verdict()).isEqualTo(Verdict.UNREACHABLE);
        assertThat(none.reason()).contains("it closed the connection");
        assertThat(witness.failure.get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS))
                .hasMessage("no space left");
        assertThat(ask(b, WitnessRequest.list("", "")).verdict()).isEqualTo(Verdict.UNREACHABLE);
    }

    @Test
    void aLaterQuestionGivesUpTheOneBefore() throws Exception {
        witness.mayWrite.drainPermits();
        CompletableFuture<WitnessAnswer> first =
                witness.begin(a, grant(G1, 1), TestWitness.PATIENCE);
        CompletableFuture<WitnessAnswer> second =
                witness.begin(a, grant(G1, 2), TestWitness.PATIENCE);
        assertThat(ended(first).reason()).contains("given up for a later question");
        witness.mayWrite.release(1000);
        assertThat(ended(second).verdict()).isEqualTo(Verdict.GRANTED);
    }

    @Test
    void aClosedClientTellsSo() throws Exception {
        witness.mayWrite.drainPermits();
        CompletableFuture<WitnessAnswer> first =
                witness.begin(a, grant(G1, 1), TestWitness.PATIENCE);
        Loops.run(witness.loop, a::close);
        assertThat(ended(first).reason()).contains("the client is closed");
        assertThat(ask(a, grant(G1, 1)).reason()).contains("the client is closed");
    }

    @Test
    void aNodeOfAnotherAuthorityIsRefused() throws Exception {
        TestCluster foreign = new TestCluster(Files.createDirectory(directory.resolve("foreign")));
        for (TlsEngine engine : TlsEngine.values()) {
            WitnessClient stranger = witness.client(foreign.tls("a-" + engine.title(), engine));
            WitnessAnswer none = ask(stranger, grant(G1, 1));
            assertThat(none.verdict()).isEqualTo(Verdict.UNREACHABLE);
            assertThat(none.reason()).contains("not signed by this cluster's CA");
        }
        assertThat(ask(b, WitnessRequest.list("", "")).holdings()).isEmpty();
    }

    /** The witness does not know a node's authority either: it must say so, and serve others. */
    @Test
    void aNodeThatTrustsAnybodyIsRefusedByTheWitness() throws Exception {
        TestCluster foreign = new TestCluster(Files.createDirectory(directory.resolve("foreign")));
        try (RawTls stranger = new RawTls(witness.address().address(), foreign.files("a"))) {
            assertThat(stranger.heardUntilTheEnd()).isEmpty();
        }
        assertThat(ask(b, WitnessRequest.list("", "")).holdings()).isEmpty();
    }

    /** The peer has a certificate of the cluster, too. It is not the witness for that. */
    @Test
    void anotherNodeIsNoWitness() throws Exception {
        try (TestWitness peer = new TestWitness(cluster.tls("peer"))) {
            WitnessClient client = witness.client(tlsA, peer.address());
            WitnessAnswer none = ask(client, grant(G1, 1));
            assertThat(none.verdict()).isEqualTo(Verdict.UNREACHABLE);
            assertThat(none.reason()).contains("its certificate is for 'peer'");
        }
    }

    @Test
    void whoListensAndSaysNothingIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            WitnessAddress there =
                    new WitnessAddress(
                            new InetSocketAddress(
                                    InetAddress.getLoopbackAddress(), silent.getLocalPort()),
                            TestWitness.NAME);
            WitnessAnswer none =
                    ended(witness.begin(witness.client(tlsA, there), grant(G1, 1), SHORT));
            assertThat(none.verdict()).isEqualTo(Verdict.UNREACHABLE);
            assertThat(none.reason())
                    .contains("no answer within 300 ms")
                    .doesNotContain("may have granted");
        }
    }
}
