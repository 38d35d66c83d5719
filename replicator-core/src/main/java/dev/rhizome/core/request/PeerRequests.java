package dev.rhizome.core.request;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.disk.IoErrorRule;
import dev.rhizome.core.disk.IoErrorTable;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the peer asks of the local disk: mirrored writes, flushes, reads that its own disk cannot
 * serve, and resync blocks. Overlapping ranges cannot be in flight together: the side that asks
 * holds the range lock (INV-13).
 */
public final class PeerRequests {
    private final Node node;
    private final PeerRequest[] slots = new PeerRequest[Limits.MAX_PEER_REQUESTS];
    private final SlotList free = new SlotList(Limits.MAX_PEER_REQUESTS);
    private final SlotList waitingForMemory = new SlotList(Limits.MAX_PEER_REQUESTS);
    private final SlotList waitingForLog = new SlotList(Limits.MAX_PEER_REQUESTS);
    private final RangeLock ranges;
    private final SyncReservations reservations;
    private final int firstHolder;
    private final RequestCounters counters;
    private final BlockChecks checks = new BlockChecks();
    private long connection;
    private int made;
    private int inUse;
    private long syncBytes;
    private long resyncedBytes;
    private long sameBytes;

    /**
     * @param node what the parts share
     * @param counters where received bytes are counted
     * @param ranges shared with client requests and resync
     * @param firstHolder the range lock's holder number of the first slot
     */
    public PeerRequests(Node node, RequestCounters counters, RangeLock ranges, int firstHolder) {
        this.node = node;
        this.ranges = ranges;
        this.firstHolder = firstHolder;
        reservations = new SyncReservations(ranges, firstHolder + Limits.MAX_PEER_REQUESTS);
        this.counters = counters;
    }

    /** Whether nothing of the peer is under way on the local disk. */
    public boolean drained() {
        return inUse == 0;
    }

    /** Bytes of resync blocks written, or found the same, since the last SYNC_START. */
    public long syncBytes() {
        return syncBytes;
    }

    /** Bytes of resync blocks written in all resyncs. */
    public long resyncedBytes() {
        return resyncedBytes;
    }

    /** Bytes that checks of all resyncs have found the same. */
    public long sameBytes() {
        return sameBytes;
    }

    /** A new resync begins. */
    public void resetSyncBytes() {
        syncBytes = 0;
    }

    /** The link is gone: answers to what came over it go nowhere. */
    public void onLinkDown() {
        connection++;
        reservations.onLinkDown();
        waitingForMemory.clear();
        waitingForLog.clear();
        for (int slot = 0; slot < made; slot++) {
            PeerRequest request = slots[slot];
            if (request.waiting) {
                release(request, false);
            }
        }
    }

    /** A frame that asks for a comparison with the peer's digests. */
    public void onCheck(FrameHeader header, ByteBuffer digests) {
        String problem = checks.keep(header, digests);
        if (problem != null) {
            node.protocolError(problem);
        } else {
            onFrame(header, null);
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
        PeerRequest request = takeSlot();
        inUse++;
        request.busy = true;
        request.type = header.type();
        request.fua = header.fua();
        request.id = header.id();
        request.offsetBytes = header.offsetBytes();
        request.lengthBytes = header.lengthBytes();
        request.payload = payload;
        request.connection = connection;
        if (isSync(request.type)) {
            node.pace().began(node.nowNs(), (int) request.lengthBytes);
        }
        if (!node.state().diskAttached()) {
            answer(request, IoStatus.IO_ERROR);
        } else {
            admit(request);
        }
    }

    /** A slot is made when so many are in use for the first time, and then kept. */
    private PeerRequest takeSlot() {
        if (free.isEmpty()) {
            slots[made] = new PeerRequest(made);
            free.add(made++);
        }
        return slots[free.pop()];
    }

    /**
     * Takes the range first where this node may have changes or resync blocks of its own under way:
     * a SyncTarget may be, or become, Primary, and so may the target of this SyncSource (INV-13).
     */
    private void admit(PeerRequest request) {
        if (isSync(request.type)) {
            admitBlock(request);
            return;
        }
        boolean toSource = isChange(request.type) && node.state().replication().source();
        if (toSource) {
            request.locked = true;
            int holder = firstHolder + request.slot;
            if (!ranges.lock(holder, request.offsetBytes, request.lengthBytes)) {
                request.waiting = true;
                return;
            }
        }
        record(request);
    }

    /** A block that was overtaken by a change is sent once more; its range is kept for that. */
    private void admitBlock(PeerRequest request) {
        int block = SyncReservations.blockOf(request.id);
        if (reservations.use(block)) {
            request.reservation = block;
            record(request);
        } else if (reservations.waiting(block)) {
            answer(request, IoStatus.OVERTAKEN);
        } else if (ranges.taken(request.offsetBytes, request.lengthBytes)) {
            reservations.reserve(block, request.offsetBytes, request.lengthBytes);
            answer(request, IoStatus.OVERTAKEN);
        } else {
            request.locked = true;
            ranges.lock(firstHolder + request.slot, request.offsetBytes, request.lengthBytes);
            record(request);
        }
    }

    /** The range lock has come to this request's turn. */
    public void onRangeGranted(int holder) {
        if (reservations.owns(holder)) {
            reservations.onRangeGranted(holder);
            return;
        }
        PeerRequest request = slots[holder - firstHolder];
        request.waiting = false;
        record(request);
    }

    /** Of a Primary without a disk this node keeps the record: what is changed now, it lacks. */
    private void record(PeerRequest request) {
        if (isChange(request.type) && node.holdsForDisklessPeer()) {
            request.logged = node.log().enterIfActive(request.offsetBytes, request.lengthBytes);
            if (!request.logged) {
                request.waiting = true;
                waitingForLog.add(request.slot);
                return;
            }
        }
        startRecorded(request);
    }

    private void startRecorded(PeerRequest request) {
        if (!node.state().diskAttached()) {
            answer(request, IoStatus.IO_ERROR);
            return;
        }
        if (request.logged) {
            node.bitmap().setBytes(request.offsetBytes, request.lengthBytes);
        }
        start(request);
    }

    private static boolean isSync(FrameType type) {
        return type == FrameType.SYNC_WRITE
                || type == FrameType.SYNC_ZERO
                || type == FrameType.SYNC_CHECK;
    }

    private static boolean isChange(FrameType type) {
        return type == FrameType.WRITE || type == FrameType.TRIM || type == FrameType.ZERO;
    }

    private @Nullable String problem(FrameHeader header) {
        if (free.isEmpty() && made == slots.length) {
            return "more than " + Limits.MAX_PEER_REQUESTS + " requests at once";
        }
        FrameType type = header.type();
        if (isSync(type) && SyncReservations.blockOf(header.id()) < 0) {
            return "a resync block of a number that none has: " + header;
        }
        if (isSync(type) && !node.state().replication().target()) {
            return "a resync block while not SyncTarget: " + header;
        }
        if (type != FrameType.READ && type != FrameType.VERIFY_CHECK && !mirrored()) {
            return "a write while none is expected: " + header;
        }
        if (isChange(type) && node.primary()) {
            return "the peer writes although this node is Primary: " + header;
        }
        if (type == FrameType.FLUSH) {
            return null;
        }
        long unit = node.config().sectorBytes();
        boolean inside =
                header.lengthBytes() > 0
                        && header.offsetBytes() <= node.size().volumeBytes() - header.lengthBytes()
                        && header.offsetBytes() % unit == 0
                        && header.lengthBytes() % unit == 0;
        long most = type == FrameType.READ ? Limits.MAX_REQUEST_BYTES : Limits.MAX_CHANGE_BYTES;
        boolean fits =
                inside
                        && header.lengthBytes() <= most
                        && (!isChange(type)
                                || node.log().fits(header.offsetBytes(), header.lengthBytes()));
        return fits ? null : "a range that this volume does not have: " + header;
    }

    private boolean mirrored() {
        return switch (node.state().replication()) {
            case ESTABLISHED, SYNC_TARGET, SYNC_SOURCE, PAUSED_SYNC_SOURCE, PAUSED_SYNC_TARGET ->
                    true;
            case OFF, STARTING_SYNC_SOURCE, STARTING_SYNC_TARGET -> false;
        };
    }

    private void start(PeerRequest request) {
        long token = Tokens.of(Tokens.Owner.PEER, request.slot, request.use);
        int length = (int) Math.min(request.lengthBytes, Limits.MAX_REQUEST_BYTES);
        switch (request.type) {
            case WRITE, SYNC_WRITE ->
                    node.device()
                            .write(
                                    token,
                                    request.offsetBytes,
                                    length,
                                    payloadOf(request),
                                    request.fua);
            case TRIM, SYNC_ZERO ->
                    node.device().trim(token, request.offsetBytes, request.lengthBytes);
            case ZERO -> node.device().zero(token, request.offsetBytes, request.lengthBytes);
            case FLUSH -> {
                request.counts = node.holdsForDisklessPeer() && node.log().flushBegins();
                node.device().flush(token);
            }
            case READ, SYNC_CHECK, VERIFY_CHECK -> startRead(request, token, length);
            default -> throw new IllegalArgumentException("not a disk request: " + request.type);
        }
    }

    private void startRead(PeerRequest request, long token, int length) {
        boolean lacksData = request.type != FrameType.SYNC_CHECK && !node.state().diskUpToDate();
        boolean notInSync =
                request.type == FrameType.VERIFY_CHECK
                        && node.state().replication() != ReplicationState.ESTABLISHED;
        if (lacksData || notInSync) {
            answer(request, IoStatus.NO_DATA);
            return;
        }
        Payload memory = node.payloads().acquire(length);
        if (memory == null) {
            request.waiting = true;
            waitingForMemory.add(request.slot);
            return;
        }
        request.payload = memory;
        node.device().read(token, request.offsetBytes, length, memory);
    }

    /** What waited for memory or the activity log tries again. */
    public void progress() {
        for (int tries = waitingForMemory.size(); tries > 0; tries--) {
            PeerRequest request = slots[waitingForMemory.removeFirst()];
            request.waiting = false;
            start(request);
        }
        startLogged();
    }

    private void startLogged() {
        if (waitingForLog.isEmpty()) {
            return;
        }
        node.log().beginRound();
        for (int tries = waitingForLog.size(); tries > 0; tries--) {
            PeerRequest request = slots[waitingForLog.removeFirst()];
            if (!node.state().diskAttached()) {
                request.waiting = false;
                answer(request, IoStatus.IO_ERROR);
            } else if (node.log().enter(request.offsetBytes, request.lengthBytes)) {
                request.waiting = false;
                request.logged = true;
                startRecorded(request);
            } else {
                waitingForLog.add(request.slot);
            }
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
            node.device().flush(token);
            return;
        }
        answer(request, status);
        if (status != IoStatus.OK && node.state().diskAttached()) {
            onDiskError(request.type, status);
        }
    }

    private void onDiskError(FrameType type, IoStatus status) {
        String what = "the local disk failed the peer's " + type + ": " + status.meaning();
        IoErrorRule rule =
                IoErrorTable.decideForPeer(
                        type == FrameType.READ,
                        type == FrameType.FLUSH,
                        node.holdsForDisklessPeer(),
                        node.config().diskPolicy().onIoError());
        if (rule.detaches()) {
            node.diskFailed(rule, what);
        } else {
            node.effects().event(rule.label(), what);
        }
    }

    private void answer(PeerRequest request, IoStatus status) {
        boolean current = request.connection == connection;
        Payload payload = request.payload;
        boolean sendData = current && request.type == FrameType.READ && status == IoStatus.OK;
        if (BlockChecks.isCheck(request.type)) {
            answerCheck(request, status, current);
        } else if (status == IoStatus.OK && request.type != FrameType.READ) {
            countReceived(request);
        }
        if (current && !BlockChecks.isCheck(request.type)) {
            node.send(
                    reply(request.type),
                    false,
                    request.id,
                    request.offsetBytes,
                    sendData ? request.lengthBytes : news(request),
                    status.code(),
                    sendData ? payload : null);
        }
        if (sendData) {
            request.payload = null;
        }
        release(request, status == IoStatus.OK);
    }

    private void answerCheck(PeerRequest request, IoStatus status, boolean current) {
        if (!current) {
            return;
        }
        int mask = 0;
        if (status == IoStatus.OK) {
            mask = checks.differing(request.type, request.id, payloadOf(request));
            if (request.type == FrameType.SYNC_CHECK) {
                long differing = CheckAnswer.bytes(mask, request.lengthBytes);
                syncBytes += request.lengthBytes - differing;
                sameBytes += request.lengthBytes - differing;
            }
        }
        long argument = CheckAnswer.of(status, mask);
        FrameType reply = reply(request.type);
        node.send(
                reply, false, request.id, request.offsetBytes, request.lengthBytes, argument, null);
    }

    /** The answer to a block tells what the clients of this node feel of the resync. */
    private long news(PeerRequest request) {
        return isSync(request.type) ? node.pace().watch().news(node.nowNs()) : 0;
    }

    private void countReceived(PeerRequest request) {
        if (isSync(request.type)) {
            syncBytes += request.lengthBytes;
            resyncedBytes += request.lengthBytes;
        } else if (request.type != FrameType.FLUSH) {
            counters.receivedBytes += request.lengthBytes;
        }
    }

    private void release(PeerRequest request, boolean good) {
        if (isSync(request.type)) {
            node.pace().ended(node.nowNs(), (int) request.lengthBytes);
        }
        if (request.locked) {
            ranges.unlock(firstHolder + request.slot);
        } else if (request.reservation >= 0) {
            reservations.release(request.reservation);
        }
        if (node.state().diskAttached()) {
            if (request.logged) {
                boolean durable = good && request.fua;
                node.log().leave(request.offsetBytes, request.lengthBytes, durable);
            }
            if (request.counts) {
                node.log().flushEnded(good);
            }
        }
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
            case SYNC_CHECK -> FrameType.SYNC_CHECKED;
            case VERIFY_CHECK -> FrameType.VERIFY_RESULT;
            default -> throw new IllegalArgumentException("not a disk request: " + type);
        };
    }

    private static Payload payloadOf(PeerRequest request) {
        return Invariant.present(request.payload, "request", "a write has a payload");
    }
}
