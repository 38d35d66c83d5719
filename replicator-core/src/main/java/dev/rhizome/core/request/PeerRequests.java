package dev.rhizome.core.request;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * What the peer asks of the local disk: mirrored writes, flushes, reads that its own disk cannot
 * serve, and resync blocks. Overlapping ranges cannot be in flight together: the side that asks
 * holds the range lock (INV-13).
 */
public final class PeerRequests {
    private final Node node;
    private final Effects effects;
    private final PeerRequest[] slots = new PeerRequest[Limits.MAX_PEER_REQUESTS];
    private final SlotList free = new SlotList(Limits.MAX_PEER_REQUESTS);
    private final SlotList waitingForMemory = new SlotList(Limits.MAX_PEER_REQUESTS);
    private final RequestCounters counters;
    private long connection;
    private int made;
    private int inUse;
    private long syncBytes;
    private long resyncedBytes;

    /**
     * @param node what the parts share
     * @param counters where received bytes are counted
     */
    public PeerRequests(Node node, RequestCounters counters) {
        this.node = node;
        this.effects = node.effects();
        this.counters = counters;
    }

    /** Whether nothing of the peer is under way on the local disk. */
    public boolean drained() {
        return inUse == 0;
    }

    /** Bytes of resync blocks written since the last SYNC_START. */
    public long syncBytes() {
        return syncBytes;
    }

    /** Bytes of resync blocks written in all resyncs. */
    public long resyncedBytes() {
        return resyncedBytes;
    }

    /** A new resync begins. */
    public void resetSyncBytes() {
        syncBytes = 0;
    }

    /** The link is gone: answers to what came over it go nowhere. */
    public void onLinkDown() {
        connection++;
        while (!waitingForMemory.isEmpty()) {
            release(slots[waitingForMemory.removeFirst()]);
        }
    }

    /** A frame that asks for disk I/O. One reference of the payload passes. */
    public void onFrame(FrameHeader header, @Nullable Payload payload) {
        String problem = problem(header);
        if (problem != null) {
            if (payload != null) {
                payload.release();
            }
            node.protocolError(problem);
            return;
        }
        PeerRequest request = slots[free.isEmpty() ? make() : free.pop()];
        inUse++;
        request.busy = true;
        request.type = header.type();
        request.fua = header.fua();
        request.id = header.id();
        request.offsetBytes = header.offsetBytes();
        request.lengthBytes = header.lengthBytes();
        request.payload = payload;
        request.connection = connection;
        if (!node.state().diskAttached()) {
            answer(request, IoStatus.IO_ERROR);
        } else {
            start(request);
        }
    }

    private int make() {
        slots[made] = new PeerRequest(made);
        return made++;
    }

    private @Nullable String problem(FrameHeader header) {
        if (free.isEmpty() && made == slots.length) {
            return "more than " + Limits.MAX_PEER_REQUESTS + " requests at once";
        }
        FrameType type = header.type();
        boolean sync = type == FrameType.SYNC_WRITE || type == FrameType.SYNC_ZERO;
        if (sync && node.state().replication() != ReplicationState.SYNC_TARGET) {
            return "a resync block while not SyncTarget: " + header;
        }
        boolean mirrored =
                node.state().replication() == ReplicationState.ESTABLISHED
                        || node.state().replication() == ReplicationState.SYNC_TARGET;
        if (type != FrameType.READ && !mirrored) {
            return "a write while none is expected: " + header;
        }
        if (type != FrameType.READ && node.primary()) {
            return "the peer writes although this node is Primary: " + header;
        }
        if (type == FrameType.FLUSH) {
            return null;
        }
        long unit = node.config().sectorBytes();
        boolean inside =
                header.lengthBytes() > 0
                        && header.offsetBytes()
                                <= node.config().volumeBytes() - header.lengthBytes()
                        && header.offsetBytes() % unit == 0
                        && header.lengthBytes() % unit == 0;
        boolean oneRead =
                type != FrameType.READ || header.lengthBytes() <= Limits.MAX_REQUEST_BYTES;
        return inside && oneRead ? null : "a range that this volume does not have: " + header;
    }

    private void start(PeerRequest request) {
        long token = Tokens.of(Tokens.Owner.PEER, request.slot, request.use);
        int length = (int) Math.min(request.lengthBytes, Limits.MAX_REQUEST_BYTES);
        switch (request.type) {
            case WRITE, SYNC_WRITE ->
                    effects.diskWrite(
                            token, request.offsetBytes, length, payloadOf(request), request.fua);
            case TRIM, SYNC_ZERO ->
                    effects.diskTrim(token, request.offsetBytes, request.lengthBytes);
            case ZERO -> effects.diskZero(token, request.offsetBytes, request.lengthBytes);
            case FLUSH -> effects.diskFlush(token);
            case READ -> startRead(request, token, length);
            default -> throw new IllegalArgumentException("not a disk request: " + request.type);
        }
    }

    private void startRead(PeerRequest request, long token, int length) {
        if (!node.state().diskUpToDate()) {
            answer(request, IoStatus.NO_DATA);
            return;
        }
        Payload memory = node.payloads().acquire(length);
        if (memory == null) {
            waitingForMemory.add(request.slot);
            return;
        }
        request.payload = memory;
        effects.diskRead(token, request.offsetBytes, length, memory);
    }

    /** Reads that waited for memory try again. */
    public void progress() {
        for (int tries = waitingForMemory.size(); tries > 0; tries--) {
            PeerRequest request = slots[waitingForMemory.removeFirst()];
            start(request);
        }
    }

    /** A disk operation for the peer has ended. */
    public void onDiskDone(long token, IoStatus status) {
        PeerRequest request = slots[Tokens.slot(token)];
        Invariant.check(
                request.busy && request.use == Tokens.use(token),
                "token",
                "a disk answer to no request of the peer");
        boolean flushNow =
                request.fua
                        && !request.flushing
                        && (request.type == FrameType.TRIM || request.type == FrameType.ZERO);
        if (status == IoStatus.OK && flushNow) {
            request.flushing = true;
            effects.diskFlush(token);
            return;
        }
        answer(request, status);
        if (status != IoStatus.OK) {
            node.detach(
                    "local-io-error",
                    "the local disk failed the peer's " + request.type + ": " + status.meaning());
        }
    }

    private void answer(PeerRequest request, IoStatus status) {
        boolean current = request.connection == connection;
        Payload payload = request.payload;
        boolean sendData = current && request.type == FrameType.READ && status == IoStatus.OK;
        if (status == IoStatus.OK && request.type != FrameType.READ) {
            countReceived(request);
        }
        if (current) {
            node.send(
                    reply(request.type),
                    false,
                    request.id,
                    request.offsetBytes,
                    sendData ? request.lengthBytes : 0,
                    status.code(),
                    sendData ? payload : null);
        }
        if (sendData) {
            request.payload = null;
        }
        release(request);
    }

    private void countReceived(PeerRequest request) {
        if (request.type == FrameType.SYNC_WRITE || request.type == FrameType.SYNC_ZERO) {
            syncBytes += request.lengthBytes;
            resyncedBytes += request.lengthBytes;
        } else if (request.type != FrameType.FLUSH) {
            counters.receivedBytes += request.lengthBytes;
        }
    }

    private void release(PeerRequest request) {
        if (request.payload != null) {
            request.payload.release();
        }
        request.clear();
        free.add(request.slot);
        inUse--;
    }

    private static FrameType reply(FrameType type) {
        return switch (type) {
            case WRITE, TRIM, ZERO -> FrameType.WRITE_ACK;
            case FLUSH -> FrameType.FLUSH_ACK;
            case READ -> FrameType.READ_REPLY;
            case SYNC_WRITE, SYNC_ZERO -> FrameType.SYNC_ACK;
            default -> throw new IllegalArgumentException("not a disk request: " + type);
        };
    }

    private static Payload payloadOf(PeerRequest request) {
        return Invariant.present(request.payload, "request", "a write has a payload");
    }
}
