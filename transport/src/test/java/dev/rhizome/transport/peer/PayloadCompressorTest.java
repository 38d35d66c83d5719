package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rhizome.transport.NettyPayload;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PayloadCompressorTest {
    private static final int SIZE_BYTES = 64 * 1024;

    private final PayloadCompressor compressor = new PayloadCompressor();
    private final Held text = new Held();
    private final Held back = new Held();

    /** A payload by itself. */
    private static final class Held extends NettyPayload {
        Held() {
            super(ByteBuffer.allocateDirect(SIZE_BYTES));
            reuse(SIZE_BYTES);
        }

        @Override
        protected void recycle() {}
    }

    PayloadCompressorTest() {
        ByteBuffer window = text.window(0, SIZE_BYTES);
        for (int i = 0; i < SIZE_BYTES; i++) {
            window.put((byte) (i / 32 * 7));
        }
    }

    private boolean thereAndBack() {
        ByteBuffer block = Objects.requireNonNull(compressor.compress(text));
        ByteBuffer received = compressor.receive(block.remaining());
        received.put(block).flip();
        return compressor.decompress(received, back);
    }

    @Test
    void whatGoesInComesOut() {
        assertThat(thereAndBack()).isTrue();
        assertThat(back.window(0, SIZE_BYTES)).isEqualTo(text.window(0, SIZE_BYTES));
    }

    @Test
    void noiseDoesNotShrink() {
        byte[] noise = new byte[SIZE_BYTES];
        new Random(1).nextBytes(noise);
        text.window(0, SIZE_BYTES).put(noise);
        assertThat(compressor.compress(text)).isNull();
    }

    @Test
    void aBlockThatIsShorterOrLongerThanThePayloadIsRefused() {
        ByteBuffer block = Objects.requireNonNull(compressor.compress(text));
        ByteBuffer received = compressor.receive(block.remaining());
        received.put(block).flip();
        back.shorten(SIZE_BYTES - 1);
        assertThat(compressor.decompress(received, back)).isFalse();
        ByteBuffer whole = received.duplicate();
        for (int length = 1; length < whole.limit(); length += 97) {
            received.limit(length);
            assertThat(compressor.decompress(received, back)).isFalse();
        }
    }

    @Test
    void nothingIsAllocatedAfterWarmUp() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int rounds = 2000;
        for (int i = 0; i < rounds; i++) {
            thereAndBack();
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < rounds; i++) {
            thereAndBack();
        }
        long perRound = (threads.getCurrentThreadAllocatedBytes() - before) / rounds;
        assertThat(perRound).as("bytes for a block there and back").isLessThan(16);
    }
}
