package dev.rhizome.transport;

import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Event loops for a test, which end with it. */
public final class Loops implements AutoCloseable {
    /** How long a test waits for an event that must come. */
    public static final int PATIENCE_SECONDS = 30;

    private final List<MultiThreadIoEventLoopGroup> groups = new ArrayList<>();

    public IoEventLoop next() {
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        groups.add(group);
        return group.next();
    }

    /** Runs something on a loop and waits for its result. */
    public static <T> T on(IoEventLoop loop, Callable<T> work) {
        try {
            return loop.submit(work).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("on the loop", e);
        }
    }

    /** Runs something on a loop and waits for its end. */
    public static void run(IoEventLoop loop, Runnable work) {
        on(
                loop,
                () -> {
                    work.run();
                    return Boolean.TRUE;
                });
    }

    @Override
    public void close() {
        for (MultiThreadIoEventLoopGroup group : groups) {
            group.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
