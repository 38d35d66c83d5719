package dev.rhizome.transport.nbd;

import io.netty.channel.ChannelException;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection whose socket the server was given ({@link NbdServer#adopt}). May be used from any
 * thread.
 */
public final class NbdAdopted implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NbdAdopted.class);
    private static final int O_NONBLOCK = 04000;
    private static final int OCTAL = 8;

    private final IoEventLoop loop;
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private @Nullable NbdConnection connection;

    NbdAdopted(IoEventLoop loop) {
        this.loop = loop;
    }

    /** Completes on the event loop when the socket is closed, with the reason: one line. */
    public CompletableFuture<String> ended() {
        return ended.copy();
    }

    /**
     * Refuses further requests (ESHUTDOWN), and closes the socket when those in flight are
     * answered. Does not wait: see {@link #ended}.
     */
    @Override
    public void close() {
        try {
            loop.execute(this::closeOnLoop);
        } catch (RejectedExecutionException e) {
            LOG.debug("the event loop has ended, and the connection with it");
        }
    }

    /**
     * Closes the socket at once, as the end of this process would: what is in flight is answered to
     * nobody, and a client that knows how to will ask again over another connection. On the event
     * loop.
     */
    public void drop() {
        if (connection != null) {
            connection.close("the server lets it go", false);
        }
    }

    private void closeOnLoop() {
        if (connection != null) {
            connection.closeWhenIdle();
        }
    }

    void serveBy(NbdConnection served) {
        connection = served;
    }

    void end(String reason) {
        ended.complete(reason);
    }

    /** A channel on a descriptor that is what it must be. */
    static EpollDomainSocketChannel channel(int fileDescriptor) throws IOException {
        if (!nonBlocking(fileDescriptor)) {
            throw new IOException("it is blocking: one read would stop the event loop");
        }
        EpollDomainSocketChannel channel;
        try {
            channel = new EpollDomainSocketChannel(fileDescriptor);
        } catch (ChannelException e) {
            throw new IOException("it is not a socket: " + e.getMessage(), e);
        }
        if (!channel.isActive()) {
            throw new IOException("it is not a connected socket");
        }
        return channel;
    }

    /** By proc(5): the "flags" of /proc/self/fdinfo/N, in octal. */
    private static boolean nonBlocking(int fileDescriptor) throws IOException {
        Path file = Path.of("/proc/self/fdinfo", Integer.toString(fileDescriptor));
        if (!Files.exists(file)) {
            throw new IOException("it is not open");
        }
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith("flags:")) {
                String octal = line.substring(line.indexOf(':') + 1).strip();
                return (Integer.parseInt(octal, OCTAL) & O_NONBLOCK) != 0;
            }
        }
        throw new IOException(file + " does not tell its flags");
    }

    static void closeDescriptor(int fileDescriptor) {
        if (fileDescriptor < 0) {
            return;
        }
        try {
            new FileDescriptor(fileDescriptor).close();
        } catch (IOException e) {
            LOG.debug("descriptor {} was not open: {}", fileDescriptor, e.getMessage());
        }
    }
}
