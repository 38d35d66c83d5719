package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.nbd.MemoryVolume.Answers;
import dev.rhizome.transport.nbd.MemoryVolume.Asked;
import dev.rhizome.transport.nbd.RawClient.Chunk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests byte by byte: what the volume is asked, what the client is told, what is let go. */
final class NbdTransmissionTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 64 * MIB;
    private static final byte[] NOTHING = {};
    private final Path directory;
    private final TestServer server;

    NbdTransmissionTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server = new TestServer(directory, SIZE);
    }

    @AfterEach
    void end() {
        server.close();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void everyCommandReachesTheVolume() throws Exception {
        try (RawClient client = server.connect().enter(false)) {
            byte[] data = random(1024);
            client.request(Nbd.CMD_WRITE, Nbd.CMD_FLAG_FUA, 1, 512, 1024, data);
            assertThat(client.simple(1)).isZero();
            client.request(Nbd.CMD_READ, 2, 512, 1024);
            assertThat(client.simple(2)).isZero();
            assertThat(client.in.readNBytes(1024)).isEqualTo(data);
            client.request(Nbd.CMD_FLUSH, Nbd.CMD_FLAG_FUA, 3, 0, 0, NOTHING);
            assertThat(client.simple(3)).isZero();
            client.request(Nbd.CMD_TRIM, 4, 0, SIZE);
            assertThat(client.simple(4)).isZero();
            client.request(
                    Nbd.CMD_WRITE_ZEROES,
                    Nbd.CMD_FLAG_FUA | Nbd.CMD_FLAG_NO_HOLE,
                    5,
                    512,
                    SIZE - 512,
                    NOTHING);
            assertThat(client.simple(5)).isZero();
        }
        assertThat(server.volume.asked)
                .containsExactly(
                        new Asked(Operation.WRITE, true, 512, 1024),
                        new Asked(Operation.READ, false, 512, 1024),
                        new Asked(Operation.FLUSH, false, 0, 0),
                        new Asked(Operation.TRIM, false, 0, SIZE),
                        new Asked(Operation.ZERO, true, 512, SIZE - 512));
        NbdCounters counters = server.counters();
        assertThat(counters.reads()).isEqualTo(1);
        assertThat(counters.readBytes()).isEqualTo(1024);
        assertThat(counters.writeBytes()).isEqualTo(1024);
        assertThat(counters.zeroes()).isEqualTo(1);
    }

    @Test
    void aRefusedWriteIsDrainedAndTheConnectionGoesOn() throws Exception {
        try (RawClient client = server.connect().enter(false)) {
            client.request(Nbd.CMD_WRITE, 0, 1, SIZE, 4096, random(4096));
            assertThat(client.simple(1)).isEqualTo(Nbd.ENOSPC);
            client.request(Nbd.CMD_WRITE, 0, 2, 0, 33 * MIB, random(33 * MIB));
            assertThat(client.simple(2)).isEqualTo(Nbd.EINVAL);
            client.request(Nbd.CMD_WRITE, 0, 3, 1, 700, random(700));
            assertThat(client.simple(3)).isEqualTo(Nbd.EINVAL);
            client.request(9, 4, 0, 0);
            assertThat(client.simple(4)).isEqualTo(Nbd.EINVAL);
        }
        assertThat(server.volume.asked).isEmpty();
        assertThat(server.counters().refused()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource(
            value = Answers.class,
            names = {"AT_ONCE", "SOON"})
    void largeRequestsAreSplitAndAnsweredOnce(Answers answers) throws Exception {
        server.volume.answers = answers;
        int size = 32 * MIB;
        byte[] data = random(size);
        try (RawClient simple = server.connect().enter(false);
                RawClient structured = server.connect().enter(true)) {
            simple.request(Nbd.CMD_WRITE, 0, 1, 512, size, data);
            assertThat(simple.simple(1)).isZero();
            simple.request(Nbd.CMD_READ, 2, 512, size);
            simple.request(Nbd.CMD_READ, 3, 512, 512);
            assertThat(simple.simple(2)).isZero();
            assertThat(Arrays.equals(simple.in.readNBytes(size), data)).isTrue();
            assertThat(simple.simple(3)).isZero();
            assertThat(simple.in.readNBytes(512)).isEqualTo(Arrays.copyOf(data, 512));

            structured.request(Nbd.CMD_READ, 7, 512, size);
            byte[] read = new byte[size];
            for (int part = 0; part < 32; part++) {
                Chunk chunk = structured.chunk();
                assertThat(chunk.type()).isEqualTo(Nbd.REPLY_OFFSET_DATA);
                assertThat(chunk.done()).isEqualTo(part == 31);
                int offset = (int) chunk.body().getLong() - 512;
                chunk.body().get(read, offset, chunk.body().remaining());
            }
            assertThat(Arrays.equals(read, data)).isTrue();
        }
        assertThat(server.counters().writes()).isEqualTo(1);
        assertThat(server.volume.asked).hasSize(32 + 32 + 1 + 32);
    }

    @Test
    void failuresAreToldByTheirErrors() throws Exception {
        Loops.run(
                server.loop,
                () -> {
                    server.volume.badOffsetBytes = 3 * MIB;
                    server.volume.badStatus = IoStatus.NO_SPACE;
                });
        try (RawClient client = server.connect().enter(true)) {
            client.request(Nbd.CMD_WRITE, 0, 1, 0, 8 * MIB, random(8 * MIB));
            assertThat(client.error(1)).isEqualTo(Nbd.ENOSPC);
            Loops.run(server.loop, () -> server.volume.badStatus = IoStatus.NOT_PRIMARY);
            client.request(Nbd.CMD_WRITE_ZEROES, 2, 0, 8 * MIB);
            assertThat(client.error(2)).isEqualTo(Nbd.ESHUTDOWN);
            Loops.run(server.loop, () -> server.volume.badStatus = IoStatus.NO_DATA);
            client.request(Nbd.CMD_READ, 3, 0, 8 * MIB);
            Chunk chunk = client.chunk();
            while (chunk.type() == Nbd.REPLY_OFFSET_DATA) {
                assertThat(chunk.done()).isFalse();
                chunk = client.chunk();
            }
            assertThat(chunk.done()).isTrue();
            assertThat(chunk.body().getInt()).isEqualTo(Nbd.EIO);
            client.request(Nbd.CMD_READ, 4, 0, 512);
            assertThat(client.chunk().done()).isTrue();
        }
        assertThat(server.counters().failed()).isEqualTo(3);
        // A simple reply that has begun cannot say it: the connection ends.
        try (RawClient client = server.connect().enter(false)) {
            client.request(Nbd.CMD_READ, 1, 3 * MIB, 512);
            assertThat(client.simple(1)).isEqualTo(Nbd.EIO);
            client.request(Nbd.CMD_READ, 2, 2 * MIB, 2 * MIB);
            assertThat(client.in.readAllBytes())
                    .hasSizeLessThanOrEqualTo(Nbd.SIMPLE_REPLY_BYTES + MIB);
        }
    }

    @Test
    void repliesComeOutOfOrderAndWithoutABatchOfRequests() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        try (RawClient client = server.connect().enter(false)) {
            for (int i = 0; i < 5; i++) {
                client.request(Nbd.CMD_WRITE, 0, i, 512L * i, 512, random(512));
            }
            server.until(() -> server.volume.waiting() == 5);
            assertThat(server.batches.get()).isPositive();
            server.volume.answers = Answers.AT_ONCE;
            client.request(Nbd.CMD_FLUSH, 9, 0, 0);
            assertThat(client.simple(9)).isZero();
            Loops.run(server.loop, server.volume::tell);
            for (int i = 0; i < 5; i++) {
                assertThat(client.simple(i)).isZero();
            }
        }
    }

    @Test
    void aSpentPoolAndSpentPlacesHoldTheClientBack() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        NbdServerOptions small =
                new NbdServerOptions(
                        directory.resolve("small.sock"),
                        "r0",
                        "",
                        4,
                        6,
                        4 * MIB,
                        8,
                        Duration.ofMinutes(1));
        try (TestServer tight = new TestServer(small, SIZE, 3);
                RawClient first = tight.connect().enter(true);
                RawClient second = tight.connect().enter(true)) {
            tight.volume.answers = Answers.WHEN_TOLD;
            int requests = 50;
            CompletableFuture<Void> sent =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    for (int i = 0; i < requests; i++) {
                                        first.request(Nbd.CMD_WRITE, 0, i, 0, 4096, random(4096));
                                        second.request(Nbd.CMD_TRIM, i, 0, 512);
                                        second.request(Nbd.CMD_READ, 100 + i, 0, 4096);
                                    }
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            Set<Long> answered = new HashSet<>();
            CompletableFuture<Void> received =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    for (int i = 0; i < requests; i++) {
                                        assertThat(first.simple(i)).isZero();
                                    }
                                    for (int i = 0; i < 2 * requests; i++) {
                                        answered.add(readAny(second));
                                    }
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            int most = 0;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Loops.PATIENCE_SECONDS);
            while (!received.isDone() && System.nanoTime() < end) {
                most =
                        Math.max(
                                most,
                                Loops.on(
                                        tight.loop,
                                        () -> {
                                            int waiting = tight.volume.waiting();
                                            assertThat(tight.pool.inUse()).isLessThanOrEqualTo(3);
                                            tight.volume.tell();
                                            return waiting;
                                        }));
            }
            received.get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
            sent.get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(answered).hasSize(2 * requests);
            assertThat(most).isBetween(1, 8);
            assertThat(Loops.on(tight.loop, tight.pool::refusals)).isPositive();
        }
    }

    /** A simple reply to a trim, or the chunk of a read; its cookie. */
    private static long readAny(RawClient client) throws IOException {
        if (client.in.readInt() == Nbd.SIMPLE_REPLY_MAGIC) {
            assertThat(client.in.readInt()).isZero();
            return client.in.readLong();
        }
        assertThat(client.in.readInt()).isEqualTo(0x00010001);
        long cookie = client.in.readLong();
        client.in.readNBytes(client.in.readInt());
        return cookie;
    }

    @Test
    void aClientThatGoesLeavesNothingBehind() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        try (RawClient client = server.connect().enter(true)) {
            client.request(Nbd.CMD_READ, 1, 0, 8 * MIB);
            client.request(Nbd.CMD_TRIM, 2, 0, 512);
            // Half of a write.
            client.request(Nbd.CMD_WRITE, 0, 3, 0, MIB, random(4096));
            server.until(() -> server.volume.waiting() == 5 && server.pool.inUse() >= 4);
        }
        server.until(() -> server.server.counters().connections() == 0);
        assertThat(server.counters().requestsInFlight()).isEqualTo(5);
        Loops.run(server.loop, server.volume::tell);
        assertThat(server.counters().requestsInFlight()).isZero();
        assertThat(Loops.on(server.loop, server.pool::inUse)).isZero();
    }

    @Test
    void closingAnswersWhatIsInFlightAndRefusesTheRest() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        try (RawClient client = server.connect().enter(false);
                RawClient idle = server.connect().enter(true)) {
            client.request(Nbd.CMD_WRITE, 0, 1, 0, 512, random(512));
            server.until(() -> server.volume.waiting() == 1);
            CompletableFuture<Void> closed = server.server.close();
            assertThat(idle.atEnd()).isTrue();
            client.request(Nbd.CMD_READ, 2, 0, 512);
            assertThat(client.simple(2)).isEqualTo(Nbd.ESHUTDOWN);
            assertThat(closed).isNotDone();
            Loops.run(server.loop, server.volume::tell);
            assertThat(client.simple(1)).isZero();
            assertThat(client.atEnd()).isTrue();
            closed.get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void disconnectingAnswersWhatIsInFlight() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        try (RawClient client = server.connect().enter(false)) {
            client.request(Nbd.CMD_FLUSH, 1, 0, 0);
            client.request(Nbd.CMD_DISC, 2, 0, 0);
            server.until(() -> server.volume.waiting() == 1);
            Loops.run(server.loop, server.volume::tell);
            assertThat(client.simple(1)).isZero();
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void noBytesDoHarm() throws Exception {
        server.volume.answers = Answers.SOON;
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            try (RawClient client = server.connect()) {
                if (random.nextBoolean()) {
                    client.enter(random.nextBoolean());
                    for (int i = random.nextInt(5); i > 0; i--) {
                        client.request(
                                random.nextInt(9),
                                random.nextInt(8),
                                random.nextLong(),
                                random.nextInt(SIZE * 2) & (random.nextBoolean() ? -512 : -1),
                                random.nextInt(4 * MIB),
                                NOTHING);
                    }
                } else {
                    client.greet(random.nextInt(4));
                }
                byte[] noise = new byte[random.nextInt(20_000)];
                random.nextBytes(noise);
                client.out.write(noise);
            } catch (IOException e) {
                // The server has closed before all was said.
                assertThat(e).isNotNull();
            }
        }
        server.until(() -> server.server.counters().connections() == 0);
        server.until(() -> server.server.counters().requestsInFlight() == 0);
        assertThat(server.bugs).isEmpty();
        try (RawClient client = server.connect().enter(true)) {
            client.request(Nbd.CMD_READ, 1, 0, 512);
            assertThat(client.chunk().done()).isTrue();
        }
    }
}
