package dev.rhizome.core.request;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.request.ClientRequest.Repair;
import dev.rhizome.core.request.ClientRequest.Stage;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * A client's requests on the Primary, each with its two legs: local disk and peer
 * (docs/architecture.md). Slots are pooled; nothing is allocated per request.
 *
 * <p>Invariants: INV-01 (acknowledged means both, or covered), INV-03 (flush means both), INV-04,
 * INV-09, INV-13, INV-15.
 */
public final class ClientRequests {
    private final Node node;
    private final Effects effects;
    private final RangeLock ranges;
    private final ClientRequest[] slots = new ClientRequest[Limits.MAX_CLIENT_REQUESTS];
    private final SlotList free = new SlotList(Limits.MAX_CLIENT_REQUESTS);
    private final SlotList held = new SlotList(Limits.MAX_CLIENT_REQUESTS);
    private final SlotList waitingLog = new SlotList(Limits.MAX_CLIENT_REQUESTS);
    private final SlotList uncovered = new SlotList(Limits.MAX_CLIENT_REQUESTS);
    private final RequestCounters counters = new RequestCounters();
    private int made;
    private int inUse;
    private final PeerDurability peerDurability = new PeerDurability();
    private final RequestLegs legs;
    private final LegFailures failures;
    private final DualFlush dualFlush;
    private @Nullable IoStatus ownFlush;

    /** Whether a change has been acknowledged to a client since this node became Primary. */
    private boolean changedSincePromotion;

    private boolean failing;

    /**
     * @param node what the parts share
     * @param ranges shared with the resync; a request's holder number is its slot
     */
    public ClientRequests(Node node, RangeLock ranges) {
        this.node = node;
        this.effects = node.effects();
        this.ranges = ranges;
        this.legs = new RequestLegs(node, peerDurability, counters);
        this.failures = new LegFailures(node);
        this.dualFlush = new DualFlush(node, peerDurability);
    }

    /** Requests that are not answered yet. */
    public int inFlight() {
        return inUse;
    }

    /** Whether all requests that are not answered yet are held, or wait for one that is. */
    public boolean onlyHeld() {
        for (int slot = 0; slot < made; slot++) {
            switch (slots[slot].stage) {
                case WAITING_LOG, IN_FLIGHT, WAITING_COVER -> {
                    return false;
                }
                case FREE, WAITING_RANGE, HELD -> {}
            }
        }
        return true;
    }

    /** What was done so far. */
    public RequestCounters counters() {
        return counters;
    }

    /**
     * Takes a request that has been validated; see {@link Volume#submit}.
     *
     * @param completion null for the engine's own flush
     */
    public void submit(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            @Nullable Completion completion,
            long token) {
        if (free.isEmpty() && made == slots.length) {
            refuse(IoStatus.BUSY, payload, completion, token);
            return;
        }
        ClientRequest request = takeSlot();
        inUse++;
        request.operation = operation;
        request.fua = fua;
        request.offsetBytes = offsetBytes;
        request.lengthBytes = lengthBytes;
        request.payload = payload;
        request.completion = completion;
        request.token = token;
        request.submittedNs = node.nowNs();
        request.calm = node.pace().watch().submitted(node.nowNs());
        if (operation.changes() && !ranges.lock(request.slot, offsetBytes, lengthBytes)) {
            request.stage = Stage.WAITING_RANGE;
            return;
        }
        startOrHold(request);
    }

    /** A slot is made when so many are in use for the first time, and then kept. */
    private ClientRequest takeSlot() {
        if (free.isEmpty()) {
            slots[made] = new ClientRequest(made);
            free.add(made++);
        }
        return slots[free.pop()];
    }

    /**
     * This node becomes Primary: whatever was written before, through the peer or by an earlier
     * life of this node, the peer may hold unflushed.
     */
    public void onPromotion() {
        changedSincePromotion = false;
        failing = false;
        peerDurability.onAcknowledged();
    }

    /** Flushes both nodes for the engine itself; {@link #ownFlush} tells how it went. */
    public void startOwnFlush() {
        ownFlush = null;
        submit(Operation.FLUSH, false, 0, 0, null, null, 0);
    }

    /** Flushes of both nodes for the engine's sake. */
    public DualFlush dualFlush() {
        return dualFlush;
    }

    /** How the engine's own flush ended; null while it is under way. */
    public @Nullable IoStatus ownFlush() {
        return ownFlush;
    }

    /** Answers a request that never got a slot. */
    public void refuse(
            IoStatus status,
            @Nullable Payload payload,
            @Nullable Completion completion,
            long token) {
        counters.failed++;
        if (payload != null) {
            payload.release();
        }
        answer(completion, token, status, null);
    }

    private void answer(
            @Nullable Completion completion,
            long token,
            IoStatus status,
            @Nullable Payload payload) {
        if (completion == null) {
            ownFlush = status;
        } else {
            effects.complete(completion, token, status, payload);
        }
    }

    /** The range lock has come to this request's turn. */
    public void onRangeGranted(int slot) {
        startOrHold(slots[slot]);
    }

    private void startOrHold(ClientRequest request) {
        boolean localRead =
                request.operation == Operation.READ
                        && request.repair == Repair.NONE
                        && node.state().diskUpToDate();
        boolean own = request.completion == null;
        if (failing && !own) {
            finish(request, IoStatus.NO_DATA);
        } else if ((node.suspension().active() && !own) || (!localRead && waits())) {
            request.stage = Stage.HELD;
            held.add(request.slot);
        } else {
            launch(request);
        }
    }

    private boolean waits() {
        return node.state().inTransition() || node.size().growing();
    }

    private void launch(ClientRequest request) {
        if (failing && request.completion != null) {
            finish(request, IoStatus.NO_DATA);
            return;
        }
        if (request.isLogged() && node.state().diskAttached() && !request.logged) {
            request.attachment = node.attachments();
            request.logged = node.log().enterIfActive(request.offsetBytes, request.lengthBytes);
            if (!request.logged) {
                request.stage = Stage.WAITING_LOG;
                waitingLog.add(request.slot);
                return;
            }
        }
        request.stage = Stage.IN_FLIGHT;
        switch (request.operation) {
            case READ -> {
                if (request.repair == Repair.REWRITING) {
                    legs.rewrite(request);
                } else {
                    legs.read(request);
                }
            }
            case FLUSH -> {
                legs.flush(request);
                request.peerLacksIt = !request.peerPending && flushNeedsCover(request);
            }
            case WRITE, TRIM, ZERO -> legs.change(request);
        }
        if (!request.legsPending()) {
            request.failure = IoStatus.NO_DATA;
            settle(request);
        }
    }

    /** The local leg has ended. */
    public void onDiskDone(long token, IoStatus status) {
        ClientRequest request = slots[Tokens.slot(token)];
        request.localPending = false;
        if (status == IoStatus.OK) {
            afterLocal(request);
            return;
        }
        failures.onDiskError(request, status);
        if (request.operation == Operation.READ && request.repair == Repair.NONE) {
            readElsewhere(request);
        } else {
            settleIfEnded(request);
        }
    }

    /** The local disk has failed a read: the peer is asked, and what it has is written back. */
    private void readElsewhere(ClientRequest request) {
        boolean repairs = node.state().diskAttached() && !request.passedOn;
        if (request.passedOn) {
            settle(request);
        } else if (!repairs) {
            startOrHold(request);
        } else {
            request.repair = Repair.FETCHING;
            if (ranges.lock(request.slot, request.offsetBytes, request.lengthBytes)) {
                startOrHold(request);
            } else {
                request.stage = Stage.WAITING_RANGE;
            }
        }
    }

    /**
     * A TRIM and a ZERO have no durable form on a disk, so FUA asks for a flush after them; a WRITE
     * was durable already.
     */
    private void afterLocal(ClientRequest request) {
        boolean flushFirst =
                request.fua && request.operation.changes() && request.operation != Operation.WRITE;
        if (flushFirst && !request.flushedAfter) {
            request.flushedAfter = true;
            request.localPending = true;
            node.device().flush(RequestLegs.token(request));
            return;
        }
        request.done |= request.localCounts;
        settleIfEnded(request);
    }

    /** The peer has answered a change, a flush or a read. One reference of the payload passes. */
    public void onPeerReply(FrameHeader header, @Nullable Payload payload) {
        if (header.type() == FrameType.FLUSH_ACK && dualFlush.owns(header.id())) {
            dualFlush.onPeerReply(
                    header.argument() == IoStatus.OK.code() ? IoStatus.OK : IoStatus.IO_ERROR);
            return;
        }
        ClientRequest request = find(header.id());
        IoStatus status = IoStatus.ofCode((int) header.argument());
        boolean sound =
                request != null
                        && status != null
                        && PeerReply.answers(header.type(), request.operation)
                        && PeerReply.fits(request, status, payload);
        if (request == null || status == null || !sound) {
            if (payload != null) {
                payload.release();
            }
            node.protocolError("a reply to no request of ours: " + header);
            return;
        }
        request.peerPending = false;
        if (status != IoStatus.OK) {
            onPeerFailure(request, status);
            return;
        }
        counters.peerTook(request.operation, node.nowNs() - request.peerAskedNs);
        request.done = true;
        if (request.operation == Operation.FLUSH) {
            peerDurability.onFlushed(request.flushCovers);
        } else if (request.operation.changes()) {
            peerDurability.onAcknowledged();
        } else {
            RequestLegs.payloadOf(request).release();
            request.payload = payload;
            if (request.repair == Repair.FETCHING) {
                request.repair = Repair.REWRITING;
                startOrHold(request);
                return;
            }
        }
        settleIfEnded(request);
    }

    private void onPeerFailure(ClientRequest request, IoStatus status) {
        failures.onPeerError(request, status);
        if (request.operation != Operation.READ) {
            peerMissed(request);
        }
        settleIfEnded(request);
    }

    /** The peer does not have it, or not for sure. */
    private void peerMissed(ClientRequest request) {
        if (request.operation.changes()) {
            failures.peerMissed(request);
        } else {
            request.peerLacksIt = flushNeedsCover(request);
        }
    }

    private void settleIfEnded(ClientRequest request) {
        if (!request.legsPending()) {
            settle(request);
        }
    }

    /** Both legs have ended: answer, or wait until what makes up for a lost one is durable. */
    private void settle(ClientRequest request) {
        if (request.retry) {
            beginAgain(request);
        } else if (!request.done && !request.passedOn) {
            boolean own = request.completion == null;
            if (node.suspension().noData() && !failing && !own) {
                beginAgain(request);
            } else {
                finish(request, request.failure);
            }
        } else if (request.needsCover() && (failing || node.fencing().frozen())) {
            endUncovered(request);
        } else if (request.needsCover()) {
            if (request.stage != Stage.WAITING_COVER) {
                request.stage = Stage.WAITING_COVER;
                uncovered.add(request.slot);
            }
        } else {
            finish(request, request.passedOn ? request.failure : IoStatus.OK);
        }
    }

    /** No new generation may be made for it now: a client's change waits, or fails. */
    private void endUncovered(ClientRequest request) {
        boolean fails = failing || request.completion == null;
        node.fencing().waits(request.operation.changes() && (!fails || request.peerLacksIt));
        if (fails) {
            finish(request, IoStatus.NO_DATA);
        } else {
            beginAgain(request);
        }
    }

    private void beginAgain(ClientRequest request) {
        boolean sameLog = request.attachment == node.attachments() && node.state().diskAttached();
        if (request.counts && sameLog) {
            node.log().flushEnded(false);
        }
        if (request.logged && sameLog) {
            // It may wait for long, and what is on this disk by now is in the bitmap.
            node.log().leave(request.offsetBytes, request.lengthBytes, false);
        }
        request.beginAgain();
        startOrHold(request);
    }

    /**
     * What waits, or comes to wait, fails: this node ceases to be Primary, and what it would write
     * alone does not count.
     */
    public void failWhatWaits() {
        failing = true;
        while (!held.isEmpty()) {
            finish(slots[held.removeFirst()], IoStatus.NO_DATA);
        }
        while (!uncovered.isEmpty()) {
            endUncovered(slots[uncovered.removeFirst()]);
        }
    }

    private void finish(ClientRequest request, IoStatus status) {
        Payload payload = request.payload;
        Completion completion = request.completion;
        long token = request.token;
        counters.count(request.operation, request.lengthBytes, status);
        if (status == IoStatus.OK && completion != null) {
            counters.took(request.operation, node.nowNs() - request.submittedNs);
        }
        node.pace()
                .watch()
                .answered(
                        node.nowNs(),
                        request.operation,
                        request.lengthBytes,
                        request.submittedNs,
                        request.calm);
        if (request.holdsRange()) {
            ranges.unlock(request.slot);
            changedSincePromotion |= status == IoStatus.OK && request.operation.changes();
            leaveLog(request, status);
        } else if (request.counts && request.attachment == node.attachments()) {
            node.log().flushEnded(!request.localLacksIt);
        }
        boolean readIsDone = request.operation == Operation.READ && status == IoStatus.OK;
        if (payload != null && !readIsDone) {
            payload.release();
        }
        request.clear();
        free.add(request.slot);
        inUse--;
        answer(completion, token, status, readIsDone ? payload : null);
    }

    private void launchLogged() {
        if (waitingLog.isEmpty()) {
            return;
        }
        node.log().beginRound();
        for (int waiting = waitingLog.size(); waiting > 0; waiting--) {
            ClientRequest request = slots[waitingLog.removeFirst()];
            if (!node.state().diskAttached()
                    || node.log().enter(request.offsetBytes, request.lengthBytes)) {
                request.attachment = node.attachments();
                request.logged = node.state().diskAttached();
                launch(request);
            } else {
                waitingLog.add(request.slot);
            }
        }
    }

    private void leaveLog(ClientRequest request, IoStatus status) {
        boolean inThisLog = request.logged && request.attachment == node.attachments();
        if (!inThisLog || !node.state().diskAttached()) {
            return;
        }
        boolean onBoth = status == IoStatus.OK && !request.peerLacksIt && !request.localLacksIt;
        boolean durable = request.fua && status == IoStatus.OK && !request.localLacksIt;
        boolean lostMeanwhile = request.peerLosses != node.peerLosses();
        if (!onBoth || (lostMeanwhile && !request.fua)) {
            // Whoever has it, it may be gone there, or be there although nobody was told so.
            node.bitmap().setBytes(request.offsetBytes, request.lengthBytes);
        }
        node.log().leave(request.offsetBytes, request.lengthBytes, durable);
    }

    /** Starts what was held, and answers what is covered by now. */
    public void progress() {
        boolean waits = node.suspension().active() && !failing;
        if (!waits && !node.state().inTransition()) {
            // What is held again meanwhile has its turn next time.
            for (int count = held.size(); count > 0 && !node.size().growing(); count--) {
                launch(slots[held.removeFirst()]);
            }
            launchLogged();
        }
        for (int at = 0; at < uncovered.size(); ) {
            ClientRequest request = slots[uncovered.at(at)];
            IoStatus status = covered(request);
            if (status == null) {
                at++;
            } else {
                uncovered.removeAt(at);
                finish(request, status);
            }
        }
    }

    /** OK once what the lost leg missed is on record; an error once it never can be; else null. */
    private @Nullable IoStatus covered(ClientRequest request) {
        if (node.closing() || (node.fencing().frozen() && !failing)) {
            // A peer that was told of its resync's end may have all: who fences asks about it
            // before a new generation is made. A failure promises nothing, and need not wait.
            return request.passedOn ? request.failure : null;
        }
        if (request.localLacksIt && !request.passedOn) {
            if (!node.state().peerUpToDate() || request.peerLacksIt) {
                return request.failure;
            }
            return node.localLossCovered() ? IoStatus.OK : null;
        }
        if (!node.metadata().usable()) {
            return request.failure;
        }
        node.cover().demand();
        IoStatus outcome = request.passedOn ? request.failure : IoStatus.OK;
        return node.cover().ready() ? outcome : null;
    }

    /** Whether an answer waits for the peer to say that it alone has what the local disk lacks. */
    public boolean awaitsPeerGeneration() {
        for (int at = 0; at < uncovered.size(); at++) {
            ClientRequest request = slots[uncovered.at(at)];
            if (request.localLacksIt && !request.passedOn) {
                return true;
            }
        }
        return false;
    }

    /** The link is gone: every peer leg has failed. */
    public void onLinkDown() {
        dualFlush.onLinkDown();
        boolean again = node.state().relinking() || node.suspension().active();
        for (int slot = 0; slot < made; slot++) {
            ClientRequest request = slots[slot];
            if (request.stage == Stage.IN_FLIGHT && request.peerPending) {
                request.peerPending = false;
                if (request.operation == Operation.READ) {
                    startOrHold(request);
                    continue;
                }
                request.retry = again;
                if (!node.state().relinking()) {
                    peerMissed(request);
                    node.fencing().waits(request.operation.changes() && again);
                }
                settleIfEnded(request);
            }
        }
        if (again) {
            retryUncovered();
        }
    }

    /** What only the peer had done, it may have lost: the link is about to come back. */
    private void retryUncovered() {
        for (int at = 0; at < uncovered.size(); ) {
            ClientRequest request = slots[uncovered.at(at)];
            boolean frozen = node.fencing().frozen() && request.peerLacksIt;
            if ((request.localLacksIt || frozen) && !request.passedOn) {
                uncovered.removeAt(at);
                request.retry = true;
                node.fencing().waits(frozen);
                settle(request);
            } else {
                at++;
            }
        }
    }

    /**
     * Whether a flush without the peer must be put on record. The flush of a demotion need not if
     * clients have changed nothing: it would part two nodes that have the same.
     */
    private boolean flushNeedsCover(ClientRequest request) {
        boolean own = request.completion == null;
        return peerDurability.inDoubt() && (!own || changedSincePromotion);
    }

    /** Time has passed. */
    public void tick() {
        dualFlush.tick();
    }

    /** Whether no request is under way that the peer does not know of: a hello may be sent. */
    public boolean settledAlone() {
        if (!dualFlush.drained()) {
            return false;
        }
        if (inUse == held.size()) {
            return true;
        }
        for (int slot = 0; slot < made; slot++) {
            ClientRequest request = slots[slot];
            boolean pending =
                    request.stage == Stage.IN_FLIGHT || request.stage == Stage.WAITING_COVER;
            if (pending && request.operation != Operation.READ) {
                return false;
            }
        }
        return true;
    }

    /** The earliest time at which the peer is late with a reply; Long.MAX_VALUE if none is due. */
    public long earliestPeerDeadlineNs() {
        long earliest = dualFlush.peerDeadlineNs();
        for (int slot = 0; slot < made; slot++) {
            ClientRequest request = slots[slot];
            if (request.peerPending) {
                earliest = Math.min(earliest, request.peerDeadlineNs);
            }
        }
        return earliest;
    }

    private @Nullable ClientRequest find(long wireId) {
        int slot = (int) (wireId >>> 32);
        if (slot < 0 || slot >= made) {
            return null;
        }
        ClientRequest request = slots[slot];
        return request.peerPending && request.wireId() == wireId ? request : null;
    }
}
