package dev.rhizome.core.request;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.request.ClientRequest.Repair;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/** Starts a client request's two legs: local disk and peer. */
final class RequestLegs {
    private final Node node;
    private final PeerDurability peerDurability;
    private final RequestCounters counters;

    RequestLegs(Node node, PeerDurability peerDurability, RequestCounters counters) {
        this.node = node;
        this.peerDurability = peerDurability;
        this.counters = counters;
    }

    void read(ClientRequest request) {
        request.localCounts = true;
        if (node.state().diskUpToDate() && request.repair == Repair.NONE) {
            request.localPending = true;
            node.device()
                    .read(
                            token(request),
                            request.offsetBytes,
                            (int) request.lengthBytes,
                            payloadOf(request));
        } else if (node.state().peerUpToDate()) {
            sendToPeer(request, FrameType.READ, null);
        }
    }

    /** Writes back what the peer has, over what the disk could not read. */
    void rewrite(ClientRequest request) {
        if (!node.state().diskAttached()) {
            return;
        }
        request.fua = true;
        request.peerLosses = node.peerLosses();
        request.localPending = true;
        node.device()
                .write(
                        token(request),
                        request.offsetBytes,
                        (int) request.lengthBytes,
                        payloadOf(request),
                        true);
    }

    /** Whether the peer gets it too is the caller's to see: its leg is then pending. */
    void flush(ClientRequest request) {
        request.localCounts = node.state().diskUpToDate();
        if (node.state().diskAttached()) {
            request.localPending = true;
            request.counts = node.log().flushBegins();
            request.attachment = node.attachments();
            node.device().flush(token(request));
        } else {
            request.localLacksIt = true;
        }
        if (node.state().mirroring()) {
            request.flushCovers = peerDurability.mark();
            sendToPeer(request, FrameType.FLUSH, null);
        }
    }

    void change(ClientRequest request) {
        request.peerLosses = node.peerLosses();
        request.localCounts = node.state().diskUpToDate();
        boolean mirrored = node.state().mirroring();
        if (node.state().diskAttached()) {
            request.localPending = true;
            if (!mirrored) {
                node.bitmap().setBytes(request.offsetBytes, request.lengthBytes);
            }
            changeLocally(request);
        } else {
            request.localLacksIt = true;
        }
        if (mirrored) {
            Payload payload = request.payload;
            if (payload != null) {
                payload.retain();
            }
            sendToPeer(request, changeFrame(request.operation), payload);
        } else {
            request.peerLacksIt = true;
        }
    }

    private void changeLocally(ClientRequest request) {
        long token = token(request);
        switch (request.operation) {
            case WRITE ->
                    node.device()
                            .write(
                                    token,
                                    request.offsetBytes,
                                    (int) request.lengthBytes,
                                    payloadOf(request),
                                    request.fua);
            case TRIM -> node.device().trim(token, request.offsetBytes, request.lengthBytes);
            case ZERO -> node.device().zero(token, request.offsetBytes, request.lengthBytes);
            case READ, FLUSH -> throw new IllegalArgumentException("not a change");
        }
    }

    private static FrameType changeFrame(Operation operation) {
        return switch (operation) {
            case WRITE -> FrameType.WRITE;
            case TRIM -> FrameType.TRIM;
            case ZERO -> FrameType.ZERO;
            case READ, FLUSH -> throw new IllegalArgumentException("not a change");
        };
    }

    private void sendToPeer(ClientRequest request, FrameType type, @Nullable Payload payload) {
        request.peerPending = true;
        request.peerAskedNs = node.nowNs();
        request.peerDeadlineNs = node.nowNs() + node.config().requestTimeoutNs();
        boolean ranged = type != FrameType.FLUSH;
        long offset = ranged ? request.offsetBytes : 0;
        long length = ranged ? request.lengthBytes : 0;
        node.send(type, request.fua, request.wireId(), offset, length, 0, payload);
        counters.sentBytes += payload == null ? 0 : payload.sizeBytes();
    }

    static long token(ClientRequest request) {
        return Tokens.of(Tokens.Owner.CLIENT, request.slot, request.use);
    }

    static Payload payloadOf(ClientRequest request) {
        return Invariant.present(request.payload, "request", "a read or write has a payload");
    }
}
