package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.request.Operation;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.nbd.MemoryVolume.Answers;
import dev.rhizome.transport.nbd.MemoryVolume.Asked;
import io.netty.channel.unix.FileDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sockets that the server is given, as the kernel's client has them: no handshake. */
@Timeout(120)
final class NbdAdoptTest {
    private static final int SIZE = 4 << 20;
    private static final byte[] NOTHING = {};
    private final Path directory;
    private final TestServer server;

    NbdAdoptTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        NbdServerOptions hasty =
                new NbdServerOptions(
                        directory.resolve("nbd.sock"),
                        "r0",
                        "",
                        1,
                        8,
                        1 << 20,
                        8,
                        Duration.ofMillis(1));
        server = new TestServer(hasty, SIZE, 4);
    }

    @AfterEach
    void end() {
        server.close();
    }

    private static String reason(NbdAdopted adopted) throws Exception {
        return adopted.ended().get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void anAdoptedSocketIsServedAtOnceWithSimpleReplies() throws Exception {
        SocketPair pair = SocketPair.make(directory);
        NbdAdopted adopted = server.server.adopt(pair.descriptor());
        byte[] data = new byte[2 << 20];
        new Random(1).nextBytes(data);
        try (RawClient kernel = new RawClient(pair.channel())) {
            kernel.request(Nbd.CMD_WRITE, Nbd.CMD_FLAG_FUA, 1, 4096, data.length, data);
            assertThat(kernel.simple(1)).isZero();
            kernel.request(Nbd.CMD_READ, 2, 4096, data.length);
            assertThat(kernel.simple(2)).isZero();
            assertThat(kernel.in.readNBytes(data.length)).isEqualTo(data);
            kernel.request(Nbd.CMD_FLUSH, 3, 0, 0);
            assertThat(kernel.simple(3)).isZero();
            kernel.request(Nbd.CMD_READ, Nbd.CMD_FLAG_DF, 4, 0, 512, NOTHING);
            assertThat(kernel.simple(4)).isEqualTo(Nbd.EINVAL);
            // More than the time for a handshake has passed: it has none.
            Loops.run(server.loop, () -> assertThat(adopted.ended()).isNotDone());
            assertThat(server.counters().connections()).isEqualTo(1);
            assertThat(server.counters().connectionsTotal()).isEqualTo(1);
            kernel.request(Nbd.CMD_DISC, 0, 0, 0);
            assertThat(kernel.atEnd()).isTrue();
        }
        assertThat(reason(adopted)).isEqualTo("the client has disconnected");
        assertThat(server.counters().connections()).isZero();
        assertThat(server.volume.asked)
                .contains(new Asked(Operation.WRITE, true, 4096, 1 << 20))
                .contains(new Asked(Operation.FLUSH, false, 0, 0));
    }

    @Test
    void theLimitOfConnectionsDoesNotKeepItOutButCountsIt() throws Exception {
        SocketPair first = SocketPair.make(directory);
        SocketPair second = SocketPair.make(directory);
        NbdAdopted one = server.server.adopt(first.descriptor());
        NbdAdopted two = server.server.adopt(second.descriptor());
        try (RawClient kernel = new RawClient(first.channel());
                RawClient other = new RawClient(second.channel())) {
            for (RawClient each : new RawClient[] {kernel, other}) {
                each.request(Nbd.CMD_READ, 7, 0, 512);
                assertThat(each.simple(7)).isZero();
                each.in.readNBytes(512);
            }
            try (RawClient stranger = server.connect()) {
                assertThat(stranger.atEnd()).isTrue();
            }
            assertThat(server.counters().connectionsRefused()).isEqualTo(1);
        }
        assertThat(reason(one)).isNotEmpty();
        assertThat(reason(two)).isNotEmpty();
    }

    @Test
    void closingAnswersWhatIsInFlight() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        SocketPair pair = SocketPair.make(directory);
        NbdAdopted adopted = server.server.adopt(pair.descriptor());
        try (RawClient kernel = new RawClient(pair.channel())) {
            kernel.request(Nbd.CMD_FLUSH, 1, 0, 0);
            server.until(() -> server.volume.waiting() == 1);
            adopted.close();
            // The loop has taken that before it sees the next request.
            Loops.run(server.loop, () -> {});
            kernel.request(Nbd.CMD_READ, 2, 0, 512);
            assertThat(kernel.simple(2)).isEqualTo(Nbd.ESHUTDOWN);
            assertThat(adopted.ended()).isNotDone();
            Loops.run(server.loop, server.volume::tell);
            assertThat(kernel.simple(1)).isZero();
            assertThat(kernel.atEnd()).isTrue();
        }
        assertThat(reason(adopted)).contains("closed");
        adopted.close();
    }

    @Test
    void droppingAnswersNothingMore() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        SocketPair pair = SocketPair.make(directory);
        NbdAdopted adopted = server.server.adopt(pair.descriptor());
        try (RawClient kernel = new RawClient(pair.channel())) {
            kernel.request(Nbd.CMD_FLUSH, 1, 0, 0);
            server.until(() -> server.volume.waiting() == 1);
            kernel.request(Nbd.CMD_READ, 2, 0, 512);
            Loops.run(server.loop, adopted::drop);
            Loops.run(server.loop, server.volume::tell);
            assertThat(kernel.atEnd()).isTrue();
        }
        assertThat(reason(adopted)).contains("lets it go");
        Loops.run(server.loop, adopted::drop);
    }

    @Test
    void closingTheServerEndsIt() throws Exception {
        SocketPair pair = SocketPair.make(directory);
        NbdAdopted adopted = server.server.adopt(pair.descriptor());
        try (RawClient kernel = new RawClient(pair.channel())) {
            kernel.request(Nbd.CMD_FLUSH, 1, 0, 0);
            assertThat(kernel.simple(1)).isZero();
            server.server.close().get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(kernel.atEnd()).isTrue();
        }
        assertThat(reason(adopted)).contains("closed");
        // Whoever comes later is told so, and his descriptor is closed.
        SocketPair late = SocketPair.make(directory);
        assertThat(reason(server.server.adopt(late.descriptor()))).contains("being closed");
        try (RawClient kernel = new RawClient(late.channel())) {
            assertThat(kernel.atEnd()).isTrue();
        }
    }

    @Test
    void whatCannotBeServedIsToldAndClosed() throws Exception {
        assertThat(reason(server.server.adopt(-1))).contains("not open");
        assertThat(reason(server.server.adopt(Integer.MAX_VALUE))).contains("not open");
        Path file = Files.writeString(directory.resolve("file"), "no socket");
        int blocking = FileDescriptor.from(file.toFile()).intValue();
        assertThat(reason(server.server.adopt(blocking))).contains("it is blocking");
        assertThat(Path.of("/proc/self/fd", Integer.toString(blocking))).doesNotExist();
        assertThat(server.counters().connectionsTotal()).isZero();
    }

    @Test
    void garbageIsDroppedWithAReason() throws Exception {
        SocketPair pair = SocketPair.make(directory);
        NbdAdopted adopted = server.server.adopt(pair.descriptor());
        try (RawClient kernel = new RawClient(pair.channel())) {
            kernel.out.write(new byte[Nbd.REQUEST_BYTES]);
            assertThat(kernel.atEnd()).isTrue();
        }
        assertThat(reason(adopted)).contains("without its magic");
    }

    @Test
    void whatTheOtherEndIsToBeTold() {
        NbdExport export = Loops.on(server.loop, server.server::export);
        assertThat(export).isEqualTo(new NbdExport(SIZE, 0x56d, 512, 4096, 32 << 20));
    }
}
