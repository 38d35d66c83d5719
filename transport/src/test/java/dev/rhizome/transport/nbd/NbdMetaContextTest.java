package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.transport.nbd.RawClient.Chunk;
import dev.rhizome.transport.nbd.RawClient.Reply;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** "base:allocation": how it is listed and selected, and what is said of blocks. */
@Timeout(120)
final class NbdMetaContextTest {
    private static final int SIZE = 64 << 20;
    private static final byte[] NOTHING = {};
    private static final List<Integer> FOUND = List.of(Nbd.REP_META_CONTEXT, Nbd.REP_ACK);
    private static final List<Integer> NONE = List.of(Nbd.REP_ACK);
    private static final List<Integer> INVALID = List.of(Nbd.REP_ERR_INVALID);
    private static final List<Integer> UNKNOWN = List.of(Nbd.REP_ERR_UNKNOWN);
    private final TestServer server;

    NbdMetaContextTest(@TempDir Path directory) throws Exception {
        server = new TestServer(directory, SIZE);
    }

    @AfterEach
    void end() {
        server.close();
    }

    /** Has structured replies, and is in the handshake. */
    private RawClient structured() throws Exception {
        RawClient client = server.connect().greet(3);
        assertThat(client.types(Nbd.OPT_STRUCTURED_REPLY, NOTHING)).isEqualTo(NONE);
        return client;
    }

    private static List<Integer> list(RawClient client, String... queries) throws Exception {
        return client.types(Nbd.OPT_LIST_META_CONTEXT, RawClient.contexts("r0", queries));
    }

    private static List<Integer> set(RawClient client, String... queries) throws Exception {
        return client.types(Nbd.OPT_SET_META_CONTEXT, RawClient.contexts("r0", queries));
    }

    @Test
    void contextsAreListedByQuery() throws Exception {
        try (RawClient client = structured()) {
            client.option(Nbd.OPT_LIST_META_CONTEXT, RawClient.contexts(""));
            assertThat(client.reply())
                    .isEqualTo(
                            new Reply(
                                    Nbd.OPT_LIST_META_CONTEXT,
                                    Nbd.REP_META_CONTEXT,
                                    "\0\0\0\0base:allocation"));
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ACK);
            assertThat(list(client)).isEqualTo(FOUND);
            assertThat(list(client, "base:")).isEqualTo(FOUND);
            assertThat(list(client, "base:allocation")).isEqualTo(FOUND);
            assertThat(list(client, "base:", "base:allocation", "x:y")).isEqualTo(FOUND);
            assertThat(list(client, "base:other")).isEqualTo(NONE);
            assertThat(list(client, "qemu:dirty-bitmap:b0", "x-local:")).isEqualTo(NONE);
            assertThat(client.types(Nbd.OPT_LIST_META_CONTEXT, RawClient.contexts("other")))
                    .isEqualTo(UNKNOWN);
        }
    }

    @Test
    void aContextIsSelectedByItsName() throws Exception {
        try (RawClient client = structured()) {
            client.option(Nbd.OPT_SET_META_CONTEXT, RawClient.contexts("r0", "base:allocation"));
            assertThat(client.reply())
                    .isEqualTo(
                            new Reply(
                                    Nbd.OPT_SET_META_CONTEXT,
                                    Nbd.REP_META_CONTEXT,
                                    "\0\0\0\1base:allocation"));
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ACK);
            assertThat(set(client, "x:y", "base:allocation", "base:allocation")).isEqualTo(FOUND);
            // The wildcard is for lists.
            assertThat(set(client, "base:")).isEqualTo(NONE);
            assertThat(set(client, "base:other", "qemu:allocation-depth")).isEqualTo(NONE);
            assertThat(set(client)).isEqualTo(NONE);
        }
    }

    @Test
    void contextsNeedStructuredReplies() throws Exception {
        try (RawClient client = server.connect().greet(3)) {
            assertThat(list(client)).isEqualTo(INVALID);
            assertThat(set(client, "base:allocation")).isEqualTo(INVALID);
        }
    }

    @Test
    void malformedQueriesAreRefused() throws Exception {
        byte[][] bad = {
            NOTHING,
            new byte[3],
            new byte[7],
            ByteBuffer.allocate(8).putInt(9).array(),
            ByteBuffer.allocate(8).putInt(-1).array(),
            // One query promised, none there; none promised, one there.
            ByteBuffer.allocate(8).putInt(0).putInt(1).array(),
            ByteBuffer.allocate(14).putInt(0).putInt(0).putInt(2).putShort((short) 0x613A).array(),
            // A query that is longer than the option.
            ByteBuffer.allocate(12).putInt(0).putInt(1).putInt(1).array(),
            ByteBuffer.allocate(12).putInt(0).putInt(1).putInt(-1).array(),
            ByteBuffer.allocate(8).putInt(0).putInt(-1).array(),
            RawClient.contexts("r0", "nocolon"),
            RawClient.contexts("r0", ":allocation"),
            RawClient.contexts("r0", ""),
            RawClient.contexts("r0", "base:allocation", "base"),
        };
        try (RawClient client = structured()) {
            for (byte[] data : bad) {
                for (int option : new int[] {Nbd.OPT_LIST_META_CONTEXT, Nbd.OPT_SET_META_CONTEXT}) {
                    assertThat(client.types(option, data))
                            .as(Arrays.toString(data))
                            .isEqualTo(INVALID);
                }
            }
        }
    }

    @Test
    void blocksAreAllocated() throws Exception {
        try (RawClient client = server.connect().enterWithContext()) {
            for (int flags : new int[] {0, Nbd.CMD_FLAG_REQ_ONE}) {
                client.request(Nbd.CMD_BLOCK_STATUS, flags, 7, 4096, SIZE - 4096, NOTHING);
                Chunk chunk = client.chunk();
                assertThat(chunk.done()).isTrue();
                assertThat(chunk.type()).isEqualTo(Nbd.REPLY_BLOCK_STATUS);
                assertThat(chunk.cookie()).isEqualTo(7);
                assertThat(chunk.body())
                        .isEqualTo(
                                ByteBuffer.allocate(12)
                                        .putInt(Nbd.ALLOCATION_ID)
                                        .putInt(SIZE - 4096)
                                        .putInt(0)
                                        .flip());
            }
            client.request(Nbd.CMD_BLOCK_STATUS, 8, SIZE, 512);
            assertThat(client.error(8)).isEqualTo(Nbd.EINVAL);
            client.request(Nbd.CMD_BLOCK_STATUS, 9, 0, 0);
            assertThat(client.error(9)).isEqualTo(Nbd.EINVAL);
            server.volume.serving = false;
            client.request(Nbd.CMD_BLOCK_STATUS, 10, 0, 512);
            assertThat(client.error(10)).isEqualTo(Nbd.ESHUTDOWN);
        }
        assertThat(server.counters().blockStatuses()).isEqualTo(2);
        assertThat(server.volume.asked).isEmpty();
    }

    @Test
    void anExtentMayBeLargerThanTwoGibibytes() throws Exception {
        server.volume.sizeBytes = 1L << 40;
        try (RawClient client = server.connect().enterWithContext()) {
            client.request(Nbd.CMD_BLOCK_STATUS, 1, 1L << 39, -512);
            Chunk chunk = client.chunk();
            assertThat(chunk.body().getInt()).isEqualTo(Nbd.ALLOCATION_ID);
            assertThat(chunk.body().getInt()).isEqualTo(-512);
        }
    }

    @Test
    void blockStatusNeedsASelectedContext() throws Exception {
        try (RawClient client = server.connect().enter(true)) {
            client.request(Nbd.CMD_BLOCK_STATUS, 1, 0, 512);
            assertThat(client.error(1)).isEqualTo(Nbd.EINVAL);
        }
        try (RawClient client = server.connect().enter(false)) {
            client.request(Nbd.CMD_BLOCK_STATUS, 1, 0, 512);
            assertThat(client.simple(1)).isEqualTo(Nbd.EINVAL);
        }
        // What is set last counts, also if it fails.
        byte[][] last = {
            RawClient.contexts("r0"),
            RawClient.contexts("r0", "base:"),
            RawClient.contexts("other", "base:allocation"),
            NOTHING
        };
        for (byte[] data : last) {
            try (RawClient client = structured()) {
                assertThat(set(client, "base:allocation")).isEqualTo(FOUND);
                client.types(Nbd.OPT_SET_META_CONTEXT, data);
                client.types(Nbd.OPT_GO, RawClient.go("r0"));
                client.request(Nbd.CMD_BLOCK_STATUS, 1, 0, 512);
                assertThat(client.error(1)).isEqualTo(Nbd.EINVAL);
            }
        }
    }

    @Test
    void aSelectedContextServesAlsoAfterExportName() throws Exception {
        try (RawClient client = structured()) {
            assertThat(set(client, "base:allocation")).isEqualTo(FOUND);
            client.option(Nbd.OPT_EXPORT_NAME, NOTHING);
            client.in.readNBytes(10);
            client.request(Nbd.CMD_BLOCK_STATUS, 1, 0, 512);
            assertThat(client.chunk().type()).isEqualTo(Nbd.REPLY_BLOCK_STATUS);
        }
    }
}
