package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.witness.Verdict;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TlsFiles;
import dev.rhizome.transport.witness.WitnessAddress;
import dev.rhizome.transport.witness.WitnessClient;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The witness as a process of its own: it comes and goes, and forgets nothing. */
@Timeout(180)
final class WitnessTest {
    private static final long GENERATION = 0x0123_4567_89AB_CDEFL;

    private final Path folder;
    private final Path configuration;
    private final Path state;
    private final int port = Ports.free();
    private final CertificateAuthority authority;
    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final IoEventLoop loop = group.next();
    private final WitnessClient alpha;
    private final WitnessClient beta;
    private final List<Throwable> bugs = new ArrayList<>();
    private final List<Child> started = new ArrayList<>();

    WitnessTest(@TempDir Path folder) throws Exception {
        this.folder = folder;
        configuration = folder.resolve("rhizome.conf");
        state = folder.resolve("witness.state");
        authority =
                CertificateAuthority.create(
                        folder,
                        "test",
                        Duration.ofDays(10),
                        Instant.now().minus(Duration.ofDays(1)),
                        false);
        authority.issue("witness", folder);
        alpha = client("alpha");
        beta = client("beta");
        Files.writeString(
                configuration,
                """
                nodes {
                  alpha { pki { authority = "%1$s/ca.crt", certificate = "%1$s/alpha.crt", key = "%1$s/alpha.key" } }
                  beta { pki { authority = "%1$s/ca.crt", certificate = "%1$s/beta.crt", key = "%1$s/beta.key" } }
                }
                witness {
                  address = "127.0.0.1:%2$d"
                  state = "%3$s"
                  pki { authority = "%1$s/ca.crt", certificate = "%1$s/witness.crt", key = "%1$s/witness.key" }
                }
                """
                        .formatted(folder, port, state));
    }

    @AfterEach
    void end() {
        started.forEach(Child::close);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        assertThat(bugs).isEmpty();
        for (Child each : started) {
            assertThat(each.output()).doesNotContain("a bug");
        }
    }

    private WitnessClient client(String node) throws Exception {
        IssuedCertificate issued = authority.issue(node, folder);
        Path ca = CertificateAuthority.certificateFile(folder);
        PeerTls tls =
                PeerTls.load(new TlsFiles(ca, issued.certificateFile(), issued.keyFile()), node);
        InetSocketAddress there = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return new WitnessClient(loop, new WitnessAddress(there, "witness"), tls, bugs::add);
    }

    private CompletableFuture<WitnessAnswer> begin(WitnessClient client, WitnessRequest request) {
        CompletableFuture<WitnessAnswer> answer = new CompletableFuture<>();
        loop.execute(() -> client.ask(request, Waiting.LIMIT, answer::complete));
        return answer;
    }

    private WitnessAnswer ask(WitnessClient client, WitnessRequest request) throws Exception {
        return begin(client, request).get(2 * Waiting.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private static WitnessRequest grant(long ask) {
        return WitnessRequest.grant("r0", GENERATION, 1, ask);
    }

    private Child launch() {
        List<String> command = Rhizome.command("witness", "--config", configuration.toString());
        Child child = Child.start(folder, Rhizome.environment(), command);
        started.add(child);
        return child;
    }

    private Child start() {
        Child child = launch();
        child.awaitLine("ready: witness witness on ");
        return child;
    }

    private Tool.Result rhizome(String verb, String... more) {
        List<String> words = new ArrayList<>(List.of("witness", verb));
        words.addAll(List.of("--config", configuration.toString()));
        words.addAll(List.of(more));
        return Rhizome.run(words.toArray(String[]::new));
    }

    private void create() {
        rhizome("create").orFail();
    }

    @Test
    void aWitnessThatIsKilledRemembersWhatItHasAnswered() throws Exception {
        create();
        Child first = start();
        assertThat(ask(alpha, grant(1)).rule()).isEqualTo("free");
        first.awaitLine("r0 'alpha': generation 0123456789ABCDEF: free");
        first.kill();
        assertThat(ask(beta, grant(1)).verdict()).isEqualTo(Verdict.UNREACHABLE);

        Child second = start();
        WitnessAnswer held = ask(beta, grant(2));
        assertThat(held.verdict()).isEqualTo(Verdict.HELD);
        assertThat(held.holder()).isEqualTo("alpha");
        second.awaitLine("r0 'beta': generation 0123456789ABCDEF refused: held by 'alpha'");
        assertThat(ask(alpha, WitnessRequest.release("r0", 1, 2)).verdict())
                .isEqualTo(Verdict.RELEASED);
        assertThat(second.terminate()).isZero();
        assertThat(second.output()).contains("stopped");

        start();
        assertThat(ask(beta, grant(3)).rule()).isEqualTo("free");
    }

    /** Killed while it writes and answers: what was answered is there. */
    @Test
    void aWitnessThatIsKilledAtWorkRemembersWhatItHasAnswered() throws Exception {
        create();
        List<String> answered = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            Child witness = start();
            CompletableFuture<WitnessAnswer> last = new CompletableFuture<>();
            for (int i = 0; i < 30; i++) {
                String resource = "r" + (100 * round + 100 + i);
                last = begin(alpha, WitnessRequest.grant(resource, 1, 1, 1));
                if (i == 29 - round) {
                    break;
                }
                if (last.get(1, TimeUnit.MINUTES).verdict() == Verdict.GRANTED) {
                    answered.add(resource);
                }
            }
            witness.kill();
            // Whether the last one was answered, and is there if it was, is a matter of luck.
            WitnessAnswer luck = last.get(2, TimeUnit.MINUTES);
            if (luck.verdict() == Verdict.GRANTED) {
                answered.add("r" + (100 * round + 129 - round));
            }
        }
        start();
        assertThat(answered).hasSizeGreaterThan(80);
        assertThat(ask(beta, WitnessRequest.list("", "")).holdings())
                .extracting(each -> each.resource())
                .containsAll(answered);
    }

    @Test
    void aPersonIsToldWhoHasIt() throws Exception {
        create();
        start();
        assertThat(rhizome("status").orFail()).contains("no node has the right to go on alone");
        ask(alpha, grant(1));
        for (String asker : new String[] {"alpha", "beta"}) {
            String told = rhizome("status", "--node", asker).orFail();
            assertThat(told)
                    .startsWith("r0\n  holder:alpha since:20")
                    .contains(" generations:0123456789ABCDEF");
        }
        Tool.Result stranger = rhizome("status", "--node", "gamma");
        assertThat(stranger.exitCode()).isEqualTo(10);
    }

    @Test
    void aWitnessThatIsNotThereIsSaidToBe() {
        Tool.Result none = rhizome("status", "--node", "alpha");
        assertThat(none.exitCode()).isEqualTo(20);
        assertThat(none.output())
                .isEqualTo(
                        "rhizome: witness 'witness' at 127.0.0.1:"
                                + port
                                + ": connection refused: nobody listens there");
    }

    @Test
    void withoutItsFileItDoesNotStart() throws Exception {
        Child without = launch();
        assertThat(without.awaitExit(Waiting.LIMIT)).isEqualTo(11);
        assertThat(without.output()).contains("is not there", "rhizome witness create");

        create();
        assertThat(rhizome("create").exitCode()).isEqualTo(11);

        byte[] bytes = Files.readAllBytes(state);
        bytes[20] ^= 1;
        Files.write(state, bytes);
        Child damaged = launch();
        assertThat(damaged.awaitExit(Waiting.LIMIT)).isEqualTo(11);
        assertThat(damaged.output()).contains("it is damaged").doesNotContain("ready:");
        assertThat(damaged.lines()).hasSize(1);
    }

    @Test
    void onlyOneHasTheFile() {
        create();
        start();
        Child second = launch();
        assertThat(second.awaitExit(Waiting.LIMIT)).isEqualTo(11);
        assertThat(second.output()).contains("in use by another process");
        assertThat(rhizome("forget", "r0", "alpha").output()).contains("in use by another");
    }

    @Test
    void whatCannotBeWrittenIsNotAnswered() throws Exception {
        create();
        Child witness = start();
        Path inTheWay = folder.resolve("witness.state.new");
        Files.createDirectories(inTheWay.resolve("something"));
        assertThat(ask(alpha, grant(1)).verdict()).isEqualTo(Verdict.UNREACHABLE);
        assertThat(witness.awaitExit(Waiting.LIMIT)).isEqualTo(11);
        assertThat(witness.output()).contains("rhizome: cannot write " + state);

        Files.delete(inTheWay.resolve("something"));
        start();
        assertThat(ask(beta, grant(1)).rule()).isEqualTo("free");
    }

    @Test
    void aGrantOfANodeThatIsGoneIsForgottenByAPerson() throws Exception {
        create();
        Child first = start();
        ask(alpha, grant(1));
        assertThat(first.terminate()).isZero();
        assertThat(rhizome("forget", "r0", "beta").exitCode()).isEqualTo(11);
        rhizome("forget", "r0", "alpha").orFail();
        start();
        assertThat(ask(beta, grant(1)).rule()).isEqualTo("free");
    }

    @Test
    void strangersChangeNothing() throws Exception {
        create();
        Child witness = start();
        for (int count : new int[] {1, 10, 1000, 100_000}) {
            sendAndLeave(Strangers.noise(count));
        }
        witness.awaitLine("turned away: ");
        assertThat(ask(alpha, grant(1)).rule()).isEqualTo("free");
    }

    private void sendAndLeave(byte[] noise) {
        try (var socket = Strangers.tcp(port)) {
            socket.getOutputStream().write(noise);
        } catch (IOException sentAway) {
            // One of the right answers to what strangers say.
            return;
        }
    }
}
