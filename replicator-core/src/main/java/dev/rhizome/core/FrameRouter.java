package dev.rhizome.core;

import dev.rhizome.core.command.Commands;
import dev.rhizome.core.handshake.Negotiation;
import dev.rhizome.core.link.DiskProof;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.request.PeerRequests;
import dev.rhizome.core.resize.Resize;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.resync.SyncTarget;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.verify.OnlineVerify;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** From a frame to the part of the engine that it is for; nothing passes before the handshake. */
final class FrameRouter {

    /** Where frames go. */
    record Parts(
            ClientRequests clientRequests,
            PeerRequests peerRequests,
            SyncSource syncSource,
            SyncTarget syncTarget,
            OnlineVerify verify,
            Negotiation negotiation,
            Commands commands,
            Resize resize,
            PeerStates peerStates,
            DiskProof diskProof) {}

    private final Node node;
    private final Parts parts;
    private String farewell = "";

    FrameRouter(Node node, Parts parts) {
        this.node = node;
        this.parts = parts;
    }

    void onLinkUp() {
        farewell = "";
    }

    /** Why the link went down: what the peer has said, if it has said goodbye. */
    String reasonToPart(String reason) {
        return farewell.isEmpty() ? reason : "the peer said goodbye: " + farewell;
    }

    /** Hands a frame to the part that it is for. One reference of the payload passes. */
    void route(FrameHeader header, @Nullable ByteBuffer body, @Nullable Payload payload) {
        boolean connected = node.state().connection() == ConnectionState.CONNECTED;
        boolean early =
                switch (header.type()) {
                    case HELLO, OPTIONS, PING, PONG, GOODBYE -> false;
                    default -> true;
                };
        if (early && !connected) {
            if (payload != null) {
                payload.release();
            }
            node.protocolError(header.type() + " before the handshake is over");
            return;
        }
        switch (header.type()) {
            case WRITE, TRIM, ZERO, FLUSH, READ, SYNC_WRITE, SYNC_ZERO ->
                    parts.peerRequests().onFrame(header, payload);
            case WRITE_ACK, FLUSH_ACK, READ_REPLY ->
                    parts.clientRequests().onPeerReply(header, payload);
            case SYNC_ACK -> parts.syncSource().onAck(header);
            case SYNC_CHECKED -> parts.syncSource().onChecked(header);
            case VERIFY_RESULT -> parts.verify().onResult(header);
            case PING -> onPing(header);
            case PONG -> {}
            case SYNC_READY -> parts.syncSource().onReady();
            case SYNC_BITMAP_REQUEST -> parts.syncTarget().onBitmapRequest(header.argument());
            case SYNC_RECORDED -> parts.syncTarget().onRecorded(header.argument());
            case SYNC_DONE -> parts.syncSource().onDone();
            case SYNC_LIMIT -> parts.syncTarget().onLimit(header.argument(), header.id());
            case SYNC_PAUSE -> node.pause().byPeer(header.argument() != 0);
            case COPY_REQUEST -> parts.commands().onCopyRequest(header.id(), header.argument());
            case NEW_GENERATION -> parts.commands().onNewGeneration(header.id(), header.argument());
            case PROMOTE_REQUEST -> parts.commands().onPromoteRequest(header.id());
            case RESIZE -> parts.resize().onRequest(header);
            case HELLO,
                    OPTIONS,
                    STATE,
                    GOODBYE,
                    PROMOTE_REPLY,
                    COPY_REPLY,
                    SYNC_START,
                    SYNC_BITMAP,
                    SYNC_FINISH,
                    SYNC_CHECK,
                    VERIFY_CHECK,
                    RESIZE_REPLY ->
                    control(header, Invariant.present(body, "wire", "a control frame's body"));
        }
    }

    private void onPing(FrameHeader header) {
        if (header.argument() == DiskProof.READY) {
            parts.diskProof().onPeerReady();
        }
        node.send(FrameType.PONG, header.id(), 0);
    }

    private void control(FrameHeader header, ByteBuffer body) {
        switch (header.type()) {
            case HELLO -> onHello(body);
            case OPTIONS -> parts.negotiation().options().onPeer(body);
            case STATE -> parts.peerStates().onState(body);
            case GOODBYE -> farewell = HelloCodec.decodeText(body);
            case PROMOTE_REPLY ->
                    parts.commands().onPromoteReply(header.id(), header.argument() == 0, body);
            case COPY_REPLY ->
                    parts.commands().onCopyReply(header.id(), header.argument() == 0, body);
            case RESIZE_REPLY -> parts.resize().onReply(header, body);
            case SYNC_START -> syncStart(header, body);
            case SYNC_CHECK, VERIFY_CHECK -> parts.peerRequests().onCheck(header, body);
            case SYNC_BITMAP -> parts.syncSource().onBitmap(body);
            case SYNC_FINISH -> parts.syncTarget().onFinish(body);
            default -> throw new IllegalArgumentException("no control frame: " + header);
        }
    }

    private void syncStart(FrameHeader header, ByteBuffer body) {
        boolean repair = header.argument() == SyncSource.REPAIR;
        if (repair && parts.syncSource().outranksPeersRepair()) {
            return;
        }
        if (!repair) {
            parts.syncSource().yieldRepair();
        }
        parts.syncTarget().onStart(body, repair);
    }

    private void onHello(ByteBuffer body) {
        if (node.state().connection() == ConnectionState.NEGOTIATING) {
            parts.negotiation().onHello(body);
        } else {
            node.protocolError("a hello out of place");
        }
    }
}
