package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.transport.nbd.RawClient.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same requests and options, good and bad, to our server and to nbdkit: the same answers. */
@Timeout(120)
final class NbdDifferentialTest {
    private static final int SIZE = 1 << 20;
    private static final int REQUESTS = 3000;
    private static final byte[] NOTHING = {};
    private static final long[] OFFSETS = {
        0, SIZE, SIZE - 512, SIZE + 512, 1, 511, Long.MAX_VALUE - 511, Long.MIN_VALUE, -512, -1
    };
    private static final int[] LENGTHS = {0, 1, 511, 512, 513, SIZE, SIZE + 512, 65_536};
    private static final int[] LARGE_LENGTHS = {32 << 20, (32 << 20) + 512, -512, -1};
    private static final int[] COMMANDS = {0, 0, 0, 1, 1, 1, 3, 4, 5, 6, 6, 7, 7, 8, 9, 65_535};

    private final TestServer ours;
    private final NbdkitServer theirs;

    NbdDifferentialTest(@TempDir Path directory) throws Exception {
        theirs = new NbdkitServer(directory, SIZE);
        ours = new TestServer(directory, SIZE);
    }

    @AfterEach
    void end() {
        theirs.close();
        ours.close();
    }

    /** A request. */
    record Asked(int command, int flags, long offset, int length) {
        boolean outOfRange() {
            long unsigned = length & 0xFFFFFFFFL;
            return offset < 0 || unsigned > SIZE || offset > SIZE - unsigned;
        }

        boolean writes() {
            return command == Nbd.CMD_WRITE || command == Nbd.CMD_WRITE_ZEROES;
        }

        boolean wrongFlags() {
            int known = command == Nbd.CMD_WRITE_ZEROES ? Nbd.CMD_FLAG_NO_HOLE : 0;
            return (flags & ~(Nbd.CMD_FLAG_FUA | known)) != 0;
        }

        boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    /** An answer: the error, and the data of a READ. */
    record Answer(int error, ByteBuffer data) {
        Answer(int error, byte[] data) {
            this(error, ByteBuffer.wrap(data));
        }
    }

    /**
     * Where the two may differ, and both be right: for these requests, with these errors (ours,
     * nbdkit's).
     */
    enum Difference {
        /** "The behaviour on a length of 0 is unspecified"; nbdkit finds it out of range. */
        NO_LENGTH_TO_WRITE(Nbd.EINVAL, Nbd.ENOSPC),
        /** Nothing says what comes first of two mistakes: nbdkit looks at the range first. */
        WRONG_FLAGS_AND_OUTSIDE(Nbd.EINVAL, Nbd.ENOSPC),
        /** A READ of more than 32 MiB: we offer to try again with less, as is allowed. */
        LARGE_READ(Nbd.EOVERFLOW, Nbd.EINVAL);

        private final int ourError;
        private final int theirError;

        Difference(int ourError, int theirError) {
            this.ourError = ourError;
            this.theirError = theirError;
        }

        private boolean covers(Asked asked) {
            return switch (this) {
                case NO_LENGTH_TO_WRITE -> asked.length() == 0 && asked.writes();
                case WRONG_FLAGS_AND_OUTSIDE ->
                        asked.writes() && asked.wrongFlags() && asked.outOfRange();
                case LARGE_READ ->
                        asked.command() == Nbd.CMD_READ
                                && (asked.length() & 0xFFFFFFFFL) > Nbd.MAX_PAYLOAD_BYTES;
            };
        }

        static @Nullable Difference of(Asked asked, Answer our, Answer their) {
            return Stream.of(values())
                    .filter(
                            each ->
                                    each.covers(asked)
                                            && our.error() == each.ourError
                                            && their.error() == each.theirError)
                    .findFirst()
                    .orElse(null);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true", "2, true", "3, true", "1, false", "2, false"})
    void theSameRequestsHaveTheSameAnswers(int seed, boolean structured) throws Exception {
        Random random = new Random(seed);
        Map<Difference, Integer> seen = new EnumMap<>(Difference.class);
        int failed = 0;
        try (RawClient our = enter(ours.connect(), structured);
                RawClient their = enter(theirs.connect(), structured)) {
            for (int number = 0; number < REQUESTS; number++) {
                Asked asked = draw(random);
                byte[] data = new byte[asked.command() == Nbd.CMD_WRITE ? asked.length() : 0];
                random.nextBytes(data);
                Answer ourAnswer = ask(our, asked, data, number, structured);
                Answer theirAnswer = ask(their, asked, data, number, structured);
                failed += ourAnswer.error() != 0 ? 1 : 0;
                if (!ourAnswer.equals(theirAnswer)) {
                    Difference difference = Difference.of(asked, ourAnswer, theirAnswer);
                    assertThat(difference)
                            .as(
                                    "seed %d, request %d: %s: error %d, nbdkit's %d",
                                    seed, number, asked, ourAnswer.error(), theirAnswer.error())
                            .isNotNull();
                    seen.merge(difference, 1, Integer::sum);
                }
            }
            Asked all = new Asked(Nbd.CMD_READ, 0, 0, SIZE);
            Answer ourData = ask(our, all, NOTHING, REQUESTS, structured);
            assertThat(ask(their, all, NOTHING, REQUESTS, structured)).isEqualTo(ourData);
            assertThat(ourData.data()).isEqualTo(ByteBuffer.wrap(ours.volume.bytes()));
            assertThat(ourData.data()).isNotEqualTo(ByteBuffer.allocate(SIZE));
        }
        if (structured) {
            assertThat(seen).as("a difference that is gone").containsOnlyKeys(Difference.values());
        }
        System.out.println("   " + REQUESTS + " requests, " + failed + " refused: " + seen);
        assertThat(failed).isBetween(REQUESTS / 10, REQUESTS * 9 / 10);
    }

    private static RawClient enter(RawClient client, boolean structured) throws IOException {
        return structured ? client.enterWithContext() : client.enter(false);
    }

    private static Asked draw(Random random) {
        int command = COMMANDS[random.nextInt(COMMANDS.length)];
        int flags = random.nextInt(4) > 0 ? 0 : 1 << random.nextInt(4);
        if (random.nextInt(20) == 0) {
            flags = random.nextInt(1 << 16) & ~Nbd.CMD_FLAG_FAST_ZERO;
        }
        boolean good = random.nextInt(3) > 0;
        long offset =
                good ? random.nextInt(SIZE / 512) * 512L : OFFSETS[random.nextInt(OFFSETS.length)];
        int length =
                good ? 512 * (1 + random.nextInt(128)) : LENGTHS[random.nextInt(LENGTHS.length)];
        if (command != Nbd.CMD_WRITE && random.nextInt(20) == 0) {
            length = LARGE_LENGTHS[random.nextInt(LARGE_LENGTHS.length)];
        }
        boolean whole = command == Nbd.CMD_FLUSH && random.nextInt(3) > 0;
        return whole ? new Asked(command, flags, 0, 0) : new Asked(command, flags, offset, length);
    }

    private static Answer ask(
            RawClient client, Asked asked, byte[] data, long cookie, boolean structured)
            throws IOException {
        client.request(
                asked.command(), asked.flags(), cookie, asked.offset(), asked.length(), data);
        if (!structured) {
            int error = client.simple(cookie);
            boolean reads = error == 0 && asked.command() == Nbd.CMD_READ;
            return new Answer(error, reads ? client.in.readNBytes(asked.length()) : NOTHING);
        }
        client.in.mark(Integer.BYTES);
        boolean simple = client.in.readInt() == Nbd.SIMPLE_REPLY_MAGIC;
        client.in.reset();
        return simple ? new Answer(client.simple(cookie), NOTHING) : chunks(client, asked, cookie);
    }

    private static Answer chunks(RawClient client, Asked asked, long cookie) throws IOException {
        boolean reads = asked.command() == Nbd.CMD_READ && !asked.outOfRange();
        byte[] read = new byte[reads ? asked.length() : 0];
        int error = 0;
        Chunk chunk;
        do {
            chunk = client.chunk();
            assertThat(chunk.cookie()).isEqualTo(cookie);
            if (chunk.type() == Nbd.REPLY_OFFSET_DATA) {
                int at = (int) (chunk.body().getLong() - asked.offset());
                chunk.body().get(read, at, chunk.body().remaining());
            } else if (chunk.type() >= 0x8000) {
                error = chunk.body().getInt();
            } else if (chunk.type() == Nbd.REPLY_BLOCK_STATUS) {
                // nbdkit knows holes. What both must say: something, from where it was asked.
                chunk.body().getInt();
                int extent = chunk.body().getInt();
                assertThat(extent).isPositive();
                if (asked.has(Nbd.CMD_FLAG_REQ_ONE)) {
                    assertThat(extent).isLessThanOrEqualTo(asked.length());
                    assertThat(chunk.body().remaining()).isEqualTo(Integer.BYTES);
                }
            }
        } while (!chunk.done());
        return new Answer(error, error == 0 ? read : NOTHING);
    }

    /** An option, and what both answer at the end. */
    record Option(String name, int option, ByteBuffer data, int ours, int nbdkits) {
        Option(String name, int option, byte[] data, int ours, int nbdkits) {
            this(name, option, ByteBuffer.wrap(data), ours, nbdkits);
        }

        static Option same(String name, int option, byte[] data, int type) {
            return new Option(name, option, data, type, type);
        }
    }

    @Test
    void theSameOptionsHaveTheSameReplies() throws Exception {
        byte[] tooMany = {0, 0, 0, 0, 0, 0, 0, 9};
        List<Option> options =
                List.of(
                        Option.same("list", 3, NOTHING, Nbd.REP_ACK),
                        Option.same("list with data", 3, new byte[3], Nbd.REP_ERR_INVALID),
                        Option.same("starttls", 5, NOTHING, Nbd.REP_ERR_POLICY),
                        Option.same("withdrawn", 4, NOTHING, Nbd.REP_ERR_UNSUP),
                        Option.same("extended headers", 11, NOTHING, Nbd.REP_ERR_UNSUP),
                        Option.same("unknown", 12_345, new byte[9], Nbd.REP_ERR_UNSUP),
                        Option.same("info", 6, RawClient.go("", 0, 1, 2, 3), Nbd.REP_ACK),
                        Option.same("info, unknown", 6, RawClient.go("", 99), Nbd.REP_ACK),
                        Option.same("info, empty", 6, NOTHING, Nbd.REP_ERR_INVALID),
                        Option.same("go, truncated", 7, new byte[5], Nbd.REP_ERR_INVALID),
                        Option.same("go, too long", 7, new byte[8], Nbd.REP_ERR_INVALID),
                        Option.same("set, early", 10, contexts(), Nbd.REP_ERR_INVALID),
                        // "A server MAY send ERR_INVALID".
                        new Option("list, early", 9, contexts(), Nbd.REP_ERR_INVALID, Nbd.REP_ACK),
                        Option.same("structured, data", 8, new byte[1], Nbd.REP_ERR_INVALID),
                        Option.same("structured", 8, NOTHING, Nbd.REP_ACK),
                        Option.same("structured again", 8, NOTHING, Nbd.REP_ACK),
                        Option.same("list contexts", 9, contexts(), Nbd.REP_ACK),
                        Option.same("list base", 9, contexts("base:"), Nbd.REP_ACK),
                        Option.same("list other", 9, contexts("x:y"), Nbd.REP_ACK),
                        Option.same("set", 10, contexts("base:allocation"), Nbd.REP_ACK),
                        Option.same("set nothing", 10, contexts(), Nbd.REP_ACK),
                        Option.same("set, promised", 10, tooMany, Nbd.REP_ERR_INVALID),
                        Option.same("set, empty", 10, NOTHING, Nbd.REP_ERR_INVALID),
                        // "MAY fail the request": nbdkit looks only for what it knows.
                        new Option(
                                "set without colon",
                                10,
                                contexts("base"),
                                Nbd.REP_ERR_INVALID,
                                Nbd.REP_ACK),
                        // nbdkit's memory serves every name.
                        new Option(
                                "info of another",
                                6,
                                RawClient.go("other"),
                                Nbd.REP_ERR_UNKNOWN,
                                Nbd.REP_ACK),
                        Option.same("abort", 2, new byte[9], Nbd.REP_ACK));
        try (RawClient our = ours.connect().greet(3);
                RawClient their = theirs.connect().greet(3)) {
            for (Option each : options) {
                assertThat(last(our, each)).as("ours: " + each.name()).isEqualTo(each.ours());
                assertThat(last(their, each))
                        .as("nbdkit's: " + each.name())
                        .isEqualTo(each.nbdkits());
            }
            assertThat(our.atEnd()).isTrue();
            assertThat(their.atEnd()).isTrue();
        }
    }

    private static byte[] contexts(String... queries) {
        return RawClient.contexts("", queries);
    }

    private static int last(RawClient client, Option option) throws IOException {
        List<Integer> types = client.types(option.option(), option.data().array());
        return types.get(types.size() - 1);
    }

    @Test
    void bothDropTheSameClients() throws Exception {
        BiPredicate<RawClient, byte[]> drops =
                (client, bytes) -> {
                    try (client) {
                        client.in.readNBytes(18);
                        client.out.write(bytes);
                        return client.in.readAllBytes().length == 0;
                    } catch (IOException e) {
                        // A reset.
                        return true;
                    }
                };
        byte[][] endings = {
            // Unknown flags; an option without its magic; too much data.
            {0, 0, 0, 4}, new byte[20], {0, 0, 0, -1, 0x49, 0x48, 0x41, 0x56},
        };
        for (byte[] ending : endings) {
            assertThat(drops.test(ours.connect(), ending)).isTrue();
            assertThat(drops.test(theirs.connect(), ending)).isTrue();
        }
    }
}
