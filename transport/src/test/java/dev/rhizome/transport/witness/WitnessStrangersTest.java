package dev.rhizome.transport.witness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.witness.Verdict;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessCodec;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.TestCluster;
import dev.rhizome.transport.peer.TlsEngine;
import dev.rhizome.transport.peer.TlsFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Those who connect to a witness and do not do what nodes do; others are served meanwhile. */
@Timeout(180)
final class WitnessStrangersTest {
    private static final int MOST = 4;
    private static final Duration SOON = Duration.ofMillis(500);

    private final TestCluster cluster;
    private final TestWitness witness;
    private final WitnessClient a;
    private final TlsFiles b;

    WitnessStrangersTest(@TempDir Path directory) throws Exception {
        cluster = new TestCluster(directory);
        witness =
                new TestWitness(
                        cluster.tls(TestWitness.NAME),
                        new WitnessServerOptions(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                MOST,
                                SOON,
                                SOON.multipliedBy(4)));
        a = witness.client(cluster.tls("a"));
        b = cluster.files("b");
    }

    /** Whatever happened, nodes are served: the places are given back, also if only later. */
    @AfterEach
    void end() throws Exception {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(Loops.PATIENCE_SECONDS);
        WitnessAnswer answer = witness.ask(a, WitnessRequest.grant("r0", 1, 1, 1));
        while (answer.verdict() != Verdict.GRANTED && System.nanoTime() < endNs) {
            answer = witness.ask(a, WitnessRequest.grant("r0", 1, 1, 1));
        }
        assertThat(answer.verdict()).isEqualTo(Verdict.GRANTED);
        witness.close();
    }

    private RawTls connect() throws Exception {
        RawTls raw = new RawTls(witness.address().address(), b);
        byte[] ready = raw.hear(WitnessCodec.HEADER_BYTES);
        assertThat(WitnessCodec.isReady(ByteBuffer.wrap(ready))).isTrue();
        return raw;
    }

    private static byte[] bytes(WitnessRequest request) {
        ByteBuffer frame = WitnessCodec.encode(request, ByteBuffer.allocate(200));
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    private static void requireRefusal(byte[] heard, String reason) throws Exception {
        requireRefusal(heard, "not-understood", reason);
    }

    private static void requireRefusal(byte[] heard, String rule, String reason) throws Exception {
        WitnessAnswer answer = WitnessCodec.decodeAnswer(ByteBuffer.wrap(heard));
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(answer.rule()).isEqualTo(rule);
        assertThat(answer.reason()).contains(reason);
    }

    @Test
    void noiseInsteadOfTls() throws Exception {
        byte[] noise = new byte[1000];
        new Random(5).nextBytes(noise);
        for (int length : new int[] {1, 5, 100, 1000}) {
            try (Socket stranger = new Socket()) {
                stranger.connect(witness.address().address());
                stranger.setSoTimeout((int) TestWitness.PATIENCE.toMillis());
                stranger.getOutputStream().write(noise, 0, length);
                // At most an alert comes, and then the end.
                assertThat(remaining(stranger)).hasSizeLessThan(100);
            }
        }
    }

    private static byte[] remaining(Socket stranger) {
        try {
            return stranger.getInputStream().readAllBytes();
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the witness does not end the connection", e);
        } catch (IOException reset) {
            return new byte[0];
        }
    }

    @Test
    void noiseWithinTls() throws Exception {
        Random random = new Random(6);
        for (int i = 0; i < 5; i++) {
            byte[] noise = new byte[8 + random.nextInt(500)];
            random.nextBytes(noise);
            try (RawTls stranger = connect()) {
                requireRefusal(
                        stranger.say(noise).heardUntilTheEnd(), "this is no message of a witness");
            }
        }
    }

    @Test
    void messagesThatAreNone() throws Exception {
        byte[] good = bytes(WitnessRequest.grant("r0", 1, 2, 3));
        byte[] longer = good.clone();
        longer[6] = (byte) 0xFF;
        byte[] version = good.clone();
        version[4] = 9;
        byte[] kind = good.clone();
        kind[5] = 99;
        byte[] two = Arrays.copyOf(good, 2 * good.length);
        System.arraycopy(good, 0, two, good.length, good.length);
        for (Object[] each :
                new Object[][] {
                    {longer, "is too long"},
                    {version, "version 9 of the witness's protocol"},
                    {kind, "unknown kind 99"},
                    {two, "before the answer"}
                }) {
            try (RawTls stranger = connect()) {
                requireRefusal(stranger.say((byte[]) each[0]).heardUntilTheEnd(), (String) each[1]);
            }
        }
    }

    @Test
    void aMessageMayComeInPieces() throws Exception {
        byte[] good = bytes(WitnessRequest.grant("r1", 1, 2, 3));
        try (RawTls node = connect()) {
            for (byte each : good) {
                node.say(new byte[] {each});
            }
            byte[] header = node.hear(WitnessCodec.HEADER_BYTES);
            byte[] body = node.hear(header[7] & 0xFF);
            byte[] frame = Arrays.copyOf(header, header.length + body.length);
            System.arraycopy(body, 0, frame, header.length, body.length);
            assertThat(WitnessCodec.decodeAnswer(ByteBuffer.wrap(frame)).rule()).isEqualTo("free");
        }
    }

    @Test
    void aQuestionBeforeTheAnswerIsRefused() throws Exception {
        witness.mayWrite.drainPermits();
        byte[] good = bytes(WitnessRequest.grant("r1", 1, 2, 3));
        try (RawTls node = connect()) {
            requireRefusal(node.say(good).say(good).heardUntilTheEnd(), "before the answer");
        } finally {
            witness.mayWrite.release(1000);
        }
    }

    /** Half-open connections give their places back. */
    @Test
    void whoSaysNothingIsSentAway() throws Exception {
        try (Socket silent = new Socket();
                RawTls known = connect()) {
            silent.connect(witness.address().address());
            silent.setSoTimeout((int) TestWitness.PATIENCE.toMillis());
            assertThat(remaining(silent)).hasSizeLessThan(100);
            assertThat(known.heardUntilTheEnd()).isEmpty();
        }
    }

    @Test
    void placesAreLimited() throws Exception {
        Duration never = Duration.ofHours(1);
        WitnessServerOptions two =
                new WitnessServerOptions(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        2,
                        never,
                        never);
        try (TestWitness small = new TestWitness(witness.tls, two);
                Socket first = new Socket();
                Socket second = new Socket();
                Socket third = new Socket()) {
            for (Socket each : new Socket[] {first, second, third}) {
                each.connect(small.address().address());
                each.setSoTimeout((int) TestWitness.PATIENCE.toMillis());
            }
            assertThat(remaining(third)).isEmpty();
        }
    }

    @Test
    void aRevokedNodeIsNotAnsweredAnyMore() throws Exception {
        try (RawTls open = connect()) {
            cluster.revoke("b");
            witness.useTls(cluster.listing("again", TlsEngine.best()));
            requireRefusal(open.heardUntilTheEnd(), "revoked", "it was revoked");
        }
        try (RawTls again = new RawTls(witness.address().address(), b)) {
            assertThat(again.heardUntilTheEnd()).isEmpty();
        }
        witness.useTls(witness.tls);
    }

    /** What it asked for is granted as soon as the file is written: no word would be true. */
    @Test
    void aRevokedNodeThatWaitsIsNotToldThatItIsRefused() throws Exception {
        witness.mayWrite.drainPermits();
        try (RawTls open = connect()) {
            open.say(bytes(WitnessRequest.grant("r1", 1, 2, 3)));
            assertThat(witness.writing.tryAcquire(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
            cluster.revoke("b");
            witness.useTls(cluster.listing("again", TlsEngine.best()));
            assertThat(open.heardUntilTheEnd()).isEmpty();
        }
        witness.mayWrite.release(1000);
        witness.useTls(witness.tls);
        assertThat(witness.ask(a, WitnessRequest.grant("r1", 1, 1, 1)).holder()).isEqualTo("b");
    }
}
