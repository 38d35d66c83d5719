package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the tests of whole volumes do not reach. */
class LinkKeeperTest {
    private final EventLoop loop = new DefaultEventLoop();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void aBugInMakingAConnectorIsTold() throws Exception {
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        LinkKeeper keeper =
                new LinkKeeper(
                        "r0",
                        loop,
                        () -> {
                            throw new IllegalStateException("a planted bug");
                        },
                        reason -> {},
                        told::complete,
                        Duration.ofMillis(10));

        loop.execute(() -> keeper.want(true));

        assertThat(told.get(30, TimeUnit.SECONDS)).hasMessage("a planted bug");
    }
}
