package dev.rhizome.transport.peer;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.policy.Compression;
import dev.rhizome.transport.Channels;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One connection from TCP to link: TLS, who are you, which connection is it to be. */
final class PrefaceHandler extends ChannelInboundHandlerAdapter implements Settlement.Candidate {
    private static final long REFUSAL_LINGER_MS = 1000;

    /** Who is told how it ends. */
    interface Owner {
        /** Why this certificate is not good any more, by what is known now; empty if it is. */
        String refusal(@Nullable X509Certificate shown);

        /** It is the link now; what remains of its pipeline belongs to the owner. */
        StallingFrames becomeLink(PrefaceHandler connection, long id);

        /** It will not be the link, for this reason; null if all is well and another one is. */
        void attemptEnded(PrefaceHandler connection, @Nullable String reason);

        /** Something escaped that is not the network's fault. */
        void bug(Throwable cause);
    }

    /** The handler that takes over; named so that this class need not know the frames. */
    interface StallingFrames {
        /** Gets the bytes that came behind the preface; its reference passes. */
        void takeOver(ByteBuf rest);
    }

    private enum State {
        TLS,
        HELLO,
        TURN,
        INVITE,
        OFFER,
        DECISION,
        CONFIRM,
        ENDED
    }

    private final PeerLinkOptions options;
    private final boolean dialled;
    private final PeerTls own;
    private final SslHandler tls;
    private final Settlement settlement;
    private final Owner owner;
    private final Preface message = new Preface();
    private State state = State.TLS;
    private long linkId;
    private boolean peerTakesCompressed;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> deadline;
    private @Nullable StallingFrames successor;

    PrefaceHandler(
            PeerLinkOptions options,
            boolean dialled,
            PeerTls own,
            SslHandler tls,
            Settlement settlement,
            Owner owner) {
        this.options = options;
        this.dialled = dialled;
        this.own = own;
        this.tls = tls;
        this.settlement = settlement;
        this.owner = owner;
    }

    boolean dialled() {
        return dialled;
    }

    /** What this node has shown. */
    X509Certificate ownCertificate() {
        return own.certificate();
    }

    /** What the peer has shown; null until it has. */
    @Nullable X509Certificate peerCertificate() {
        return state == State.TLS ? null : PeerTls.shown(tls);
    }

    /** Ends it if the peer's certificate has been revoked since it was shown. */
    void refuseIfRevoked() {
        String reason = owner.refusal(peerCertificate());
        if (!reason.isEmpty()) {
            refuse(reason);
        }
    }

    /** Whether the peer takes compressed frames; known once it has said hello. */
    boolean peerTakesCompressed() {
        return peerTakesCompressed;
    }

    ChannelHandlerContext context() {
        return Invariant.present(context, "INV-16", "a handler is in a pipeline");
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        restartDeadline();
    }

    private void restartDeadline() {
        stopDeadline();
        deadline =
                context()
                        .executor()
                        .schedule(
                                this::tooLate,
                                options.handshakeTimeout().toNanos(),
                                TimeUnit.NANOSECONDS);
    }

    private void stopDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void tooLate() {
        fail(
                "no agreement within "
                        + options.handshakeTimeout().toMillis()
                        + " ms (waited for "
                        + (state == State.TLS ? "TLS" : "the peer's preface")
                        + ")");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent completion && state == State.TLS) {
            if (completion.isSuccess()) {
                onEncrypted();
            } else {
                // The handler closes the channel itself, after its alert.
                end(TlsReasons.of(completion.cause()));
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    private void onEncrypted() {
        state = State.HELLO;
        List<String> names = PeerTls.shownNames(tls);
        if (!names.contains(options.peer())) {
            refuse(
                    "certificate is for "
                            + PeerTls.quoted(names)
                            + ", expected '"
                            + options.peer()
                            + "'");
            return;
        }
        // The list may be newer than what TLS has checked with.
        refuseIfRevoked();
        if (!dialled && state == State.HELLO) {
            // The dialling side is silent until then: had it spoken before we refuse its
            // certificate, our alert could be lost in a connection reset.
            sendHello();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object received) {
        ByteBuf in = (ByteBuf) received;
        while (state != State.ENDED && in.isReadable() && message.read(in)) {
            String problem = message.problem();
            if (problem != null) {
                refuse(problem);
            } else if (message.kind() == Preface.Kind.REFUSE) {
                onRefused();
            } else {
                onMessage();
            }
        }
        if (successor != null) {
            successor.takeOver(in);
        } else {
            in.release();
        }
    }

    private void onRefused() {
        String reason = message.text();
        end(reason.equals(Settlement.SETTLED) ? null : "peer refused: " + reason);
        close();
    }

    private void onMessage() {
        switch (message.kind()) {
            case HELLO -> {
                if (expect(State.HELLO)) {
                    onHello();
                }
            }
            case INVITE -> {
                if (expect(State.INVITE)) {
                    linkId = message.id();
                    state = State.DECISION;
                    long held = settlement.currentId();
                    send(out -> Preface.writeId(out, Preface.Kind.OFFER, held));
                }
            }
            case OFFER -> {
                if (expect(State.OFFER)) {
                    settlement.onOffer(this, message.id());
                }
            }
            case ACCEPT -> {
                if (expect(State.DECISION)) {
                    settlement.onAccept();
                    send(out -> Preface.writeEmpty(out, Preface.Kind.CONFIRM));
                    becomeLink(linkId);
                }
            }
            case CONFIRM -> {
                if (expect(State.CONFIRM)) {
                    becomeLink(settlement.onConfirm(this));
                }
            }
            case REFUSE -> {
                // Seen before.
            }
        }
    }

    private boolean expect(State expected) {
        if (state != expected) {
            refuse("peer sent " + message.kind() + " out of turn");
            return false;
        }
        return true;
    }

    private void onHello() {
        if (!message.node().equals(options.peer())) {
            refuse("node '" + message.node() + "' called, expected '" + options.peer() + "'");
            return;
        }
        if (!message.resource().equals(options.resource())) {
            refuse(
                    "resource '"
                            + message.resource()
                            + "' of '"
                            + options.peer()
                            + "' meets '"
                            + options.resource()
                            + "' of '"
                            + options.node()
                            + "'");
            return;
        }
        peerTakesCompressed = message.takesCompressed();
        if (dialled) {
            sendHello();
        }
        if (settlement.coordinator()) {
            state = State.TURN;
            settlement.onReady(this);
        } else {
            state = State.INVITE;
        }
    }

    private void becomeLink(long id) {
        state = State.ENDED;
        stopDeadline();
        successor = owner.becomeLink(this, id);
    }

    @Override
    public void invite(long id) {
        state = State.OFFER;
        restartDeadline();
        send(out -> Preface.writeId(out, Preface.Kind.INVITE, id));
    }

    @Override
    public void accept() {
        state = State.CONFIRM;
        send(out -> Preface.writeEmpty(out, Preface.Kind.ACCEPT));
    }

    @Override
    public void refuse(String reason) {
        if (state == State.ENDED) {
            return;
        }
        send(out -> Preface.writeRefuse(out, reason));
        end(reason.equals(Settlement.SETTLED) ? null : reason);
        // The peer closes when it has read why; closing first could reset the connection under it.
        deadline =
                context()
                        .executor()
                        .schedule(this::close, REFUSAL_LINGER_MS, TimeUnit.MILLISECONDS);
    }

    /** Ends the connection without a word. */
    void fail(String reason) {
        if (state != State.ENDED) {
            end(reason);
            close();
        }
    }

    private void end(@Nullable String reason) {
        if (state != State.ENDED) {
            state = State.ENDED;
            stopDeadline();
            owner.attemptEnded(this, reason);
        }
    }

    private void sendHello() {
        send(
                out ->
                        Preface.writeHello(
                                out,
                                options.node(),
                                options.resource(),
                                options.compression() != Compression.NEVER));
    }

    private void send(Consumer<ByteBuf> writer) {
        ByteBuf out = context().alloc().directBuffer(Preface.HEADER_BYTES + Preface.MAX_BODY_BYTES);
        writer.accept(out);
        Channels.writeAndFlush(context().channel(), out);
    }

    private void close() {
        Channels.close(context().channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        end("peer closed the connection during " + (state == State.TLS ? "TLS" : "the preface"));
        stopDeadline();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException || cause instanceof CodecException)) {
            owner.bug(cause);
        }
        end(TlsReasons.of(cause));
        close();
    }
}
