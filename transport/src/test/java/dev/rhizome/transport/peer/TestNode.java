package dev.rhizome.transport.peer;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.transport.BudgetedPool;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.NettyPayload;
import io.netty.channel.IoEventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One node's side of the link, which records what it is told. */
final class TestNode implements PeerLinkHandler {
    enum Kind {
        UP,
        FRAME,
        BATCH,
        DOWN,
        FAILED,
        BUG
    }

    @SuppressWarnings("ArrayRecordComponent") // Events are never compared.
    record Event(
            Kind kind,
            @Nullable PeerLink link,
            String text,
            @Nullable FrameHeader header,
            byte[] body) {}

    private static final byte[] NOTHING = {};

    final IoEventLoop loop;
    final BudgetedPool pool;
    final AtomicReference<InetSocketAddress> peerAddress;
    final PeerConnector connector;
    final LinkStatistics statistics = new LinkStatistics();
    volatile List<InetSocketAddress> morePeerAddresses;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Payload> held = new ArrayList<>();
    private @Nullable PeerLink up;
    volatile boolean holdPayloads;
    volatile @Nullable PeerLink link;

    TestNode(Loops loops, PeerLinkOptions options, PeerTls tls) {
        this(loops, options, tls, 8);
    }

    TestNode(Loops loops, PeerLinkOptions options, PeerTls tls, int payloads) {
        loop = loops.next();
        pool = new BudgetedPool(loop, payloads, 1 << 20);
        peerAddress = new AtomicReference<>(options.peerAddresses().get().get(0));
        morePeerAddresses = options.peerAddresses().get().stream().skip(1).toList();
        connector =
                new PeerConnector(
                        loop,
                        options.withPeer(this::peerAddresses),
                        tls,
                        pool,
                        statistics,
                        new Random(1),
                        this);
    }

    private List<InetSocketAddress> peerAddresses() {
        List<InetSocketAddress> all = new ArrayList<>(List.of(peerAddress.get()));
        all.addAll(morePeerAddresses);
        return all;
    }

    /** Where nobody listens: port 1 of loopback is refused at once. */
    static InetSocketAddress nowhere() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    }

    static PeerLinkOptions options(String node, String peer) {
        return PeerLinkOptions.of(
                        "r0",
                        node,
                        peer,
                        List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                        () -> List.of(nowhere()))
                .withTimes(
                        Duration.ofMillis(20),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(3));
    }

    InetSocketAddress start() throws Exception {
        return connector.start().get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS).get(0);
    }

    void stop() throws Exception {
        connector.stop().get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Waits for an event of a kind whose text has this in it; drops those before. */
    Event await(Kind kind, String text) throws InterruptedException {
        return await(event -> event.kind == kind && event.text.contains(text), kind + " " + text);
    }

    Event await(Kind kind) throws InterruptedException {
        return await(kind, "");
    }

    private Event await(Predicate<Event> wanted, String what) throws InterruptedException {
        List<String> others = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Loops.PATIENCE_SECONDS);
        while (true) {
            Event event = events.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new AssertionError("no " + what + "; there were " + others);
            }
            if (wanted.test(event)) {
                return event;
            }
            if (event.kind == Kind.BUG) {
                throw new AssertionError(event.text);
            }
            if (others.size() < 20) {
                others.add(event.kind + " " + event.text);
            }
        }
    }

    void clear() {
        events.clear();
    }

    PeerLink linkUp() {
        return Objects.requireNonNull(link);
    }

    /** Sends one frame with this data, if there is any, and flushes. */
    void send(FrameType type, long id, int dataBytes) {
        Loops.run(
                loop,
                () -> {
                    sendNow(type, id, dataBytes);
                    linkUp().flush();
                });
    }

    /** On the loop: sends without a flush. */
    void sendNow(FrameType type, long id, int dataBytes) {
        FrameHeader header = new FrameHeader();
        NettyPayload payload = null;
        if (dataBytes > 0) {
            payload = Objects.requireNonNull(pool.acquire(dataBytes));
            ByteBuffer window = payload.window(0, dataBytes);
            for (int i = 0; i < dataBytes; i++) {
                window.put(pattern(id, i));
            }
        }
        linkUp().send(header.set(type, 0, dataBytes, id, 0, dataBytes, 0), payload);
    }

    static byte pattern(long id, int index) {
        return (byte) (id * 31 + index * 7L + (index >> 8));
    }

    void releaseHeld() {
        Loops.run(
                loop,
                () -> {
                    held.forEach(Payload::release);
                    held.clear();
                });
    }

    @Override
    public void onLinkUp(PeerLink newLink) {
        if (up != null) {
            onBug(new AssertionError("two links up at once"));
        }
        up = newLink;
        link = newLink;
        events.add(new Event(Kind.UP, newLink, newLink.tlsEngine(), null, NOTHING));
    }

    @Override
    public void onFrame(
            PeerLink from,
            FrameHeader header,
            @Nullable ByteBuffer controlBody,
            @Nullable Payload payload) {
        byte[] body = NOTHING;
        if (controlBody != null) {
            body = new byte[controlBody.remaining()];
            controlBody.get(body);
        } else if (payload != null) {
            body = new byte[payload.sizeBytes()];
            ((NettyPayload) payload).window(0, body.length).get(body);
            if (holdPayloads) {
                held.add(payload);
            } else {
                payload.release();
            }
        }
        if (from != up) {
            onBug(new AssertionError("a frame from a link that is not up"));
        }
        events.add(new Event(Kind.FRAME, from, "", new FrameHeader().copyFrom(header), body));
    }

    @Override
    public void onReadComplete(PeerLink from) {
        events.add(new Event(Kind.BATCH, from, "", null, NOTHING));
    }

    @Override
    public void onLinkDown(PeerLink old, String reason) {
        if (old != up) {
            onBug(new AssertionError("a link went down that was not up"));
        }
        up = null;
        link = null;
        events.add(new Event(Kind.DOWN, old, reason, null, NOTHING));
    }

    @Override
    public void onAttemptFailed(String reason) {
        events.add(new Event(Kind.FAILED, null, reason, null, NOTHING));
    }

    @Override
    public void onBug(Throwable bug) {
        events.add(new Event(Kind.BUG, null, bug.toString(), null, NOTHING));
    }
}
