package dev.rhizome.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.rhizome.core.InvariantViolation;
import dev.rhizome.core.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.IllegalReferenceCountException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class NettyPayloadTest {
    private final Loops loops = new Loops();
    private final IoEventLoop loop = loops.next();
    private final BudgetedPool pool = new BudgetedPool(loop, 2, 8192);

    @AfterEach
    void end() {
        loops.close();
    }

    private NettyPayload acquire(int sizeBytes) {
        return Objects.requireNonNull(pool.acquire(sizeBytes));
    }

    @Test
    void theSameMemoryIsReusedWithAnExactSize() {
        NettyPayload first = acquire(5000);
        ByteBuf content = first.content();
        assertThat(first.sizeBytes()).isEqualTo(5000);
        assertThat(content.readableBytes()).isEqualTo(5000);
        assertThat(content.capacity()).isEqualTo(5000);
        assertThat(content.isWritable()).isFalse();
        assertThat(content.ensureWritable(1, false)).isEqualTo(1);
        content.skipBytes(100);
        first.release();
        assertThat(pool.inUse()).isZero();

        NettyPayload second = acquire(8192);
        assertThat(second).isSameAs(first);
        assertThat(second.content()).isSameAs(content);
        assertThat(content.readableBytes()).isEqualTo(8192);
        assertThat(second.references()).isEqualTo(1);
        second.release();
    }

    @Test
    void referencesAreTheBuffers() {
        NettyPayload payload = acquire(512);
        payload.retain();
        payload.content().release();
        assertThat(pool.inUse()).isEqualTo(1);
        payload.release();
        assertThat(pool.inUse()).isZero();
        assertThatThrownBy(payload::release).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(payload::retain).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void whatIsWrittenToAChannelGoesBackToItsPool() {
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
        NettyPayload payload = acquire(4096);
        payload.window(0, 4096).putLong(42);
        channel.writeOutbound(payload.content());
        ByteBuf written = channel.readOutbound();
        assertThat(written.getLong(0)).isEqualTo(42);
        written.release();
        assertThat(pool.inUse()).isZero();

        assertThat(channel.close().isSuccess()).isTrue();
        NettyPayload late = acquire(4096);
        assertThat(channel.write(late.content()).isSuccess()).isFalse();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aWindowIsThePayloadsMemory() {
        NettyPayload payload = acquire(4096);
        ByteBuf source = ByteBufAllocator.DEFAULT.directBuffer(16).writeLong(7).writeLong(8);
        source.readBytes(payload.window(4000, 16));
        source.release();
        assertThat(payload.content().getLong(4008)).isEqualTo(8);
        ByteBuffer window = payload.window(4000, 16);
        assertThat(window.remaining()).isEqualTo(16);
        assertThatThrownBy(() -> payload.window(4090, 16))
                .isInstanceOf(IndexOutOfBoundsException.class);
        payload.release();
    }

    @Test
    void aSizeBeyondTheMemoryIsABug() {
        NettyPayload payload = acquire(1);
        assertThatThrownBy(() -> payload.reuse(9000)).isInstanceOf(InvariantViolation.class);
        assertThatThrownBy(() -> payload.reuse(1)).isInstanceOf(InvariantViolation.class);
        payload.release();
    }

    @Test
    void aSpentPoolTellsWhenMemoryIsBack() throws InterruptedException {
        CountDownLatch told = new CountDownLatch(1);
        long toldDuringTheRelease =
                Loops.on(
                        loop,
                        () -> {
                            NettyPayload first = acquire(1);
                            NettyPayload second = acquire(1);
                            assertThat(pool.acquire(1)).isNull();
                            pool.whenAvailable(told::countDown);
                            first.release();
                            second.release();
                            return 1 - told.getCount();
                        });
        assertThat(toldDuringTheRelease).isZero();
        assertThat(told.await(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void eachBlockHasTheFirstHalfOfItsSha256() throws NoSuchAlgorithmException {
        byte[] bytes = new byte[5000];
        new Random(1).nextBytes(bytes);
        NettyPayload payload = acquire(bytes.length);
        payload.window(0, bytes.length).put(bytes);

        ByteBuffer digests = ByteBuffer.allocate(64);
        payload.digests(4096, digests);

        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        byte[] first = sha256.digest(Arrays.copyOf(bytes, 4096));
        byte[] last = sha256.digest(Arrays.copyOfRange(bytes, 4096, 5000));
        assertThat(digests.position()).isEqualTo(2 * Limits.DIGEST_BYTES);
        assertThat(Arrays.copyOf(digests.array(), 16)).isEqualTo(Arrays.copyOf(first, 16));
        assertThat(Arrays.copyOfRange(digests.array(), 16, 32)).isEqualTo(Arrays.copyOf(last, 16));
        assertThat(payload.content().readableBytes()).isEqualTo(5000);
        payload.release();
    }

    @Test
    void digestsAllocateNothingAfterTheFirst() {
        NettyPayload payload = acquire(8192);
        ByteBuffer digests = ByteBuffer.allocate(2 * Limits.DIGEST_BYTES);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 10_000; i++) {
            payload.digests(4096, digests.clear());
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            payload.digests(4096, digests.clear());
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
        payload.release();
    }
}
