package dev.rhizome.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class OutboundBatchTest {
    private static final int LARGE_BYTES = 300 * 1024;

    private final Loops loops = new Loops();
    private final BudgetedPool pool = new BudgetedPool(loops.next(), 2, LARGE_BYTES);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final OutboundBatch batch = new OutboundBatch(channel, 16 * 1024, 4096);

    @AfterEach
    void end() {
        channel.finishAndReleaseAll();
        loops.close();
    }

    @Test
    void headersAndSmallPayloadsLeaveTogether() {
        batch.header(4).putInt(1);
        batch.payload(filled(4096));
        batch.header(4).putInt(2);
        batch.flush();
        assertThat(sizes()).containsExactly(4104);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aLargePayloadLeavesInPiecesThatATlsHandlerHasRoomFor() {
        batch.header(4).putInt(1);
        batch.payload(filled(LARGE_BYTES));
        batch.flush();

        List<ByteBuf> sent = sent();
        assertThat(sent.stream().map(ByteBuf::readableBytes))
                .containsExactly(4, 131_072, 131_072, 45_056);
        int at = 0;
        for (ByteBuf piece : sent.subList(1, 4)) {
            assertThat(piece.getInt(piece.readerIndex())).isEqualTo(at);
            at += piece.readableBytes();
        }
        assertThat(pool.inUse()).as("until all of it has left").isEqualTo(1);
        sent.forEach(ByteBuf::release);
        assertThat(pool.inUse()).isZero();
    }

    /** Each four bytes say where they are. */
    private NettyPayload filled(int sizeBytes) {
        NettyPayload payload = Objects.requireNonNull(pool.acquire(sizeBytes));
        ByteBuffer bytes = payload.window(0, sizeBytes);
        for (int at = 0; at < sizeBytes; at += 4) {
            bytes.putInt(at);
        }
        return payload;
    }

    private List<ByteBuf> sent() {
        List<ByteBuf> found = new ArrayList<>();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            found.add(next);
        }
        return found;
    }

    private List<Integer> sizes() {
        List<ByteBuf> found = sent();
        List<Integer> sizes = found.stream().map(ByteBuf::readableBytes).toList();
        found.forEach(ByteBuf::release);
        return sizes;
    }
}
