package dev.rhizome.endtoend;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on loopback that does to its connections what networks do: cuts them at a byte,
 * swallows one direction, delays, limits the rate, refuses. What it does may change at any time.
 */
final class FaultyProxy implements AutoCloseable {

    /** Which way bytes go. */
    enum Direction {
        /** From the node that has dialled. */
        FORTH,
        /** To it. */
        BACK
    }

    private static final int CHUNK_BYTES = 16 * 1024;
    private static final int SOCKET_BUFFER_BYTES = 64 * 1024;
    private static final int QUEUED_CHUNKS = 64;
    private static final long NEVER = Long.MAX_VALUE;

    private final ServerSocket listener;
    private final int target;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Set<Direction> swallowed = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong passedBytes = new AtomicLong();
    private volatile boolean refusing;
    private volatile long bytesPerSecond = NEVER;
    private volatile long delayNs;
    private volatile Direction cutDirection = Direction.FORTH;
    private volatile long cutAtByte = NEVER;

    /**
     * @param port where it listens
     * @param target the port that it passes everything on to
     */
    FaultyProxy(int port, int target) {
        this.target = target;
        try {
            listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.setReceiveBufferSize(SOCKET_BUFFER_BYTES);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException("proxy on port " + port, e);
        }
        start("accept", this::accept);
    }

    private static void start(String what, Runnable work) {
        Thread thread = new Thread(work, "proxy-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    // ---- what it does

    /** Resets all connections. */
    void cut() {
        connections.forEach(Connection::reset);
    }

    /**
     * Resets each connection when so many bytes have passed in a direction; the last one leaves.
     */
    void cutAt(Direction direction, long bytes) {
        cutDirection = direction;
        cutAtByte = bytes;
    }

    /** What comes in this direction gets nowhere, and its sender is not told. */
    void swallow(Direction direction) {
        swallowed.add(direction);
    }

    /** Nothing gets through, and nobody is told. */
    void swallowAll() {
        swallow(Direction.FORTH);
        swallow(Direction.BACK);
    }

    /** New connections are closed at once. */
    void refuse(boolean value) {
        refusing = value;
    }

    /** Each direction of each connection passes so many bytes a second. */
    void rate(long value) {
        bytesPerSecond = value;
    }

    /** What comes is passed on so much later. */
    void delayMs(long value) {
        delayNs = value * 1_000_000;
    }

    /**
     * All is well for what is to come. A connection of which bytes are missing is of no use any
     * more, and goes.
     */
    void heal() {
        boolean incomplete = !swallowed.isEmpty();
        refusing = false;
        cutAtByte = NEVER;
        bytesPerSecond = NEVER;
        delayNs = 0;
        swallowed.clear();
        if (incomplete) {
            cut();
        }
    }

    /** Where it listens. */
    int port() {
        return listener.getLocalPort();
    }

    /** Connections so far. */
    long accepted() {
        return accepted.get();
    }

    /** Bytes that were passed on so far, both ways. */
    long passedBytes() {
        return passedBytes.get();
    }

    @Override
    public void close() {
        refusing = true;
        close(listener);
        cut();
    }

    private static void close(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            // Nothing more can be done with it.
        }
    }

    // ---- how

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket caller = listener.accept();
                accepted.incrementAndGet();
                if (refusing) {
                    close(caller);
                } else {
                    connect(caller);
                }
            } catch (IOException e) {
                // Closed, or the caller has gone already.
            }
        }
    }

    private void connect(Socket caller) {
        Socket called = new Socket();
        try {
            caller.setTcpNoDelay(true);
            called.setTcpNoDelay(true);
            called.setSendBufferSize(SOCKET_BUFFER_BYTES);
            called.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
            Connection connection = new Connection(caller, called);
            connections.add(connection);
            connection.start();
        } catch (IOException e) {
            close(called);
            close(caller);
        }
    }

    /** One connection: two directions with two threads each, so that a delay does not limit. */
    private final class Connection {
        private final Socket caller;
        private final Socket called;

        Connection(Socket caller, Socket called) {
            this.caller = caller;
            this.called = called;
        }

        void start() {
            pass(Direction.FORTH, caller, called);
            pass(Direction.BACK, called, caller);
        }

        private void pass(Direction direction, Socket from, Socket to) {
            BlockingQueue<Chunk> queue = new ArrayBlockingQueue<>(QUEUED_CHUNKS);
            FaultyProxy.start("read", () -> read(direction, from, queue));
            FaultyProxy.start("write", () -> write(to, queue));
        }

        private void read(Direction direction, Socket from, BlockingQueue<Chunk> queue) {
            long passed = 0;
            byte[] buffer = new byte[CHUNK_BYTES];
            try {
                while (true) {
                    if (direction == cutDirection && passed >= cutAtByte) {
                        queue.put(Chunk.CUT);
                        return;
                    }
                    int length = from.getInputStream().read(buffer);
                    if (length < 0) {
                        queue.put(Chunk.END);
                        return;
                    }
                    if (direction == cutDirection) {
                        length = (int) Math.min(length, Math.max(0, cutAtByte - passed));
                    }
                    passed += length;
                    if (!swallowed.contains(direction)) {
                        limitRate(length);
                        long dueNs = System.nanoTime() + delayNs;
                        queue.put(new Chunk(Arrays.copyOf(buffer, length), dueNs));
                    }
                }
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void limitRate(int length) {
            long limit = bytesPerSecond;
            if (limit != NEVER) {
                LockSupport.parkNanos(length * 1_000_000_000L / limit);
            }
        }

        private void write(Socket to, BlockingQueue<Chunk> queue) {
            try {
                while (true) {
                    Chunk chunk = queue.take();
                    byte @Nullable [] bytes = chunk.bytes;
                    if (chunk == Chunk.CUT) {
                        reset();
                        return;
                    }
                    if (bytes == null) {
                        to.shutdownOutput();
                        return;
                    }
                    long waitNs = chunk.dueNs - System.nanoTime();
                    if (waitNs > 0) {
                        LockSupport.parkNanos(waitNs);
                    }
                    to.getOutputStream().write(bytes);
                    passedBytes.addAndGet(bytes.length);
                }
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void reset() {
            connections.remove(this);
            for (Socket socket : new Socket[] {caller, called}) {
                try {
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    // Closed already.
                }
                FaultyProxy.close(socket);
            }
        }
    }

    /** Bytes that are due at some time; none at the end of the stream, or where it is cut. */
    private static final class Chunk {
        static final Chunk END = new Chunk(null, 0);
        static final Chunk CUT = new Chunk(null, 0);
        final byte @Nullable [] bytes;
        final long dueNs;

        Chunk(byte @Nullable [] bytes, long dueNs) {
            this.bytes = bytes;
            this.dueNs = dueNs;
        }
    }
}
