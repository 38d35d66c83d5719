package dev.rhizome.core;

import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.command.Commands;
import dev.rhizome.core.disk.DiskSupervisor;
import dev.rhizome.core.fencing.Suspension;
import dev.rhizome.core.generation.GenerationSource;
import dev.rhizome.core.handshake.HandshakeReport;
import dev.rhizome.core.handshake.Negotiation;
import dev.rhizome.core.handshake.SharedOptions;
import dev.rhizome.core.link.DiskProof;
import dev.rhizome.core.link.LatePeer;
import dev.rhizome.core.link.LinkMonitor;
import dev.rhizome.core.link.PeerDeadlines;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.DualFlush;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.request.PeerRequests;
import dev.rhizome.core.request.RangeLock;
import dev.rhizome.core.request.RequestCounters;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.resize.Resize;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.resync.Reconciliation;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.resync.SyncTarget;
import dev.rhizome.core.resync.SyncView;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.NodeState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.verify.OnlineVerify;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.core.verify.VerifyReport;
import dev.rhizome.core.wire.FrameHeader;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node's side of one resource, as a pure state machine: it is told what happened and what time
 * it is, and says through {@link Effects} what to do. Not thread-safe and not re-entrant; time is a
 * monotonic clock in nanoseconds that never goes back.
 */
public final class Replica {
    /** Holders of ranges: client requests, resync blocks, verify ranges, requests of the peer. */
    private static final int FIRST_SYNC_HOLDER = Limits.MAX_CLIENT_REQUESTS;

    private static final int FIRST_VERIFY_HOLDER = FIRST_SYNC_HOLDER + Limits.MAX_RESYNC_IN_FLIGHT;

    private static final int FIRST_PEER_HOLDER = FIRST_VERIFY_HOLDER + Limits.MAX_VERIFY_IN_FLIGHT;

    /** How many there can be. */
    public static final int RANGE_HOLDERS =
            FIRST_PEER_HOLDER + Limits.MAX_PEER_REQUESTS + Limits.MAX_RESYNC_IN_FLIGHT;

    private final Node node;
    private final RangeLock ranges;
    private final ActivityLogContents activeExtents;
    private final ClientRequests clientRequests;
    private final DualFlush dualFlush;
    private final Reconciliation reconciliation;
    private final PeerRequests peerRequests;
    private final SyncSource syncSource;
    private final SyncTarget syncTarget;
    private final OnlineVerify verify;
    private final Negotiation negotiation;
    private final LinkMonitor monitor;
    private final Commands commands;
    private final Resize resize;
    private final PeerDeadlines peerDeadlines;
    private final DiskProof diskProof;
    private final LatePeer latePeer;
    private final PeerStates peerStates;
    private final DiskSupervisor diskSupervisor;
    private final FrameRouter router;
    private boolean inside;
    private long wakeNs = Long.MAX_VALUE;

    /**
     * Attaches the disk: the superblock says what it is worth.
     *
     * @param config what the replica is told once
     * @param effects where effects go
     * @param payloads memory for resync and for the peer's reads
     * @param source fresh generation identifiers
     * @param attached what the disk remembers
     */
    public Replica(
            ReplicaConfig config,
            Effects effects,
            PayloadPool payloads,
            GenerationSource source,
            AttachedMetadata attached) {
        this(config, effects, payloads, source, attached, new RangeLock(RANGE_HOLDERS));
    }

    /** As above, with a range lock of the caller's, for {@link #RANGE_HOLDERS} holders. */
    public Replica(
            ReplicaConfig config,
            Effects effects,
            PayloadPool payloads,
            GenerationSource source,
            AttachedMetadata attached,
            RangeLock ranges) {
        this.ranges = ranges;
        node = new Node(config, effects, payloads, source, attached);
        activeExtents = attached.log();
        clientRequests = new ClientRequests(node, ranges);
        dualFlush = clientRequests.dualFlush();
        peerRequests = new PeerRequests(node, clientRequests.counters(), ranges, FIRST_PEER_HOLDER);
        syncSource = new SyncSource(node, ranges, FIRST_SYNC_HOLDER, dualFlush);
        syncTarget = new SyncTarget(node, peerRequests);
        verify = new OnlineVerify(node, ranges, FIRST_VERIFY_HOLDER, syncSource);
        reconciliation = new Reconciliation(node, dualFlush);
        monitor = new LinkMonitor(node);
        diskSupervisor = new DiskSupervisor(node, this::tellOwner);
        resize = new Resize(node, clientRequests);
        commands =
                new Commands(node, clientRequests, syncSource, resize, diskSupervisor, this::quiet);
        negotiation = new Negotiation(node, syncSource, commands, resize);
        peerStates = new PeerStates(node);
        diskProof = new DiskProof(node);
        latePeer = new LatePeer(node);
        router =
                new FrameRouter(
                        node,
                        new FrameRouter.Parts(
                                clientRequests,
                                peerRequests,
                                syncSource,
                                syncTarget,
                                verify,
                                negotiation,
                                commands,
                                resize,
                                peerStates,
                                diskProof));
        peerDeadlines =
                new PeerDeadlines(node, clientRequests, syncSource, syncTarget, verify, commands);
    }

    /** Begins: the disk is attached and the peer looked for. */
    public void start(long nowNs) {
        enter(nowNs);
        Attachment.of(node, activeExtents);
        node.state().connection(ConnectionState.CONNECTING, "start", "looking for the peer");
        node.effects().wantLink(true);
        leave();
    }

    /** A link to the peer is up: authenticated, empty, in order. */
    public void linkUp(long nowNs) {
        enter(nowNs);
        node.closing(false);
        monitor.onLinkUp();
        router.onLinkUp();
        if (node.leaving()) {
            node.closeLink("this node has left its peer");
        } else if (node.givingWay()) {
            node.closeLink("this node is being demoted first");
        } else if (latePeer.pausing()) {
            node.effects().wantLink(false);
            node.closeLink("the peer was late too often, and is not tried yet");
        } else if (resize.catchingUp()) {
            node.closeLink("this node grows to the peer's size first");
        } else if (node.preparation().underWay()) {
            node.effects().wantLink(false);
            node.closeLink("this node does first what is to be done before its data is replaced");
        } else {
            commands.onLinkUp();
            diskProof.onLinkUp();
        }
        tickInside();
        leave();
    }

    /** The link is down, whoever closed it. */
    public void linkDown(long nowNs, String reason) {
        enter(nowNs);
        monitor.onLinkDown();
        node.onPeerLost();
        node.closing(false);
        String why = router.reasonToPart(reason);
        NodeState state = node.state();
        if (node.leaving()) {
            state.connection(ConnectionState.STAND_ALONE, "link-down", state.connectionReason());
        } else {
            state.connection(ConnectionState.CONNECTING, "link-down", why);
        }
        state.replication(ReplicationState.OFF, "link-down", why);
        node.fencing().onLinkDown(state.peerRole() == Role.PRIMARY);
        state.peerRole(Role.UNKNOWN, "link-down", why);
        // A target that was told of its resync's end may be UpToDate, whether we heard of it or
        // not.
        boolean known =
                !node.cover().peerMayHaveIt()
                        && (state.peerDisk() == DiskState.INCONSISTENT
                                || state.peerDisk() == DiskState.OUTDATED);
        if (!known) {
            state.peerDisk(DiskState.UNKNOWN, "link-down", why);
        }
        diskProof.onLinkDown();
        negotiation.onLinkDown();
        syncSource.onLinkDown();
        syncTarget.onLinkDown();
        verify.onLinkDown(why);
        peerRequests.onLinkDown();
        resize.onLinkDown();
        commands.onLinkDown(why);
        clientRequests.onLinkDown();
        leave();
    }

    /** An attempt to reach the peer has failed; nothing but the reason changes. */
    public void linkAttemptFailed(long nowNs, String reason) {
        enter(nowNs);
        if (node.state().connection() == ConnectionState.CONNECTING) {
            node.state().connectionReason(reason);
        }
        commands.onAttemptFailed(reason);
        leave();
    }

    /**
     * A frame has come in.
     *
     * @param header decoded and checked by {@link FrameHeader#decode}; only read during the call
     * @param body the control body, if the frame has one; only read during the call
     * @param payload the volume data, if the frame carries any; one reference passes
     */
    public void frame(
            long nowNs, FrameHeader header, @Nullable ByteBuffer body, @Nullable Payload payload) {
        enter(nowNs);
        if (!monitor.up() || node.closing()) {
            if (payload != null) {
                payload.release();
            }
        } else {
            monitor.onFrame();
            router.route(header, body, payload);
        }
        leave();
    }

    /** A disk operation has ended. */
    public void diskDone(long nowNs, long token, IoStatus status) {
        enter(nowNs);
        if (node.device().ended(token)) {
            tellOwner(token, status);
        }
        leave();
    }

    private void tellOwner(long token, IoStatus status) {
        switch (Tokens.owner(token)) {
            case CLIENT -> clientRequests.onDiskDone(token, status);
            case PEER -> peerRequests.onDiskDone(token, status);
            case SYNC_SOURCE -> syncSource.onDiskDone(token, status);
            case SYNC_TARGET -> syncTarget.onDiskDone(token, status);
            case COMMAND -> commands.onDiskDone(token, status);
            case DUAL_FLUSH -> dualFlush.onDiskDone(status);
            case VERIFY -> verify.onDiskDone(token, status);
            case DISK_PROOF -> diskProof.onDiskDone();
        }
    }

    /** A metadata write has ended. */
    public void metadataDone(long nowNs, long token, boolean succeeded) {
        enter(nowNs);
        if (node.device().metadataEnded(token) && !node.writer().onDone(succeeded)) {
            node.detach("metadata-io-error", "the metadata could not be written");
        }
        leave();
    }

    /** A client's request; see {@link dev.rhizome.core.request.Volume#submit}. */
    public void submit(
            long nowNs,
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {
        enter(nowNs);
        IoStatus refusal = refusal(operation, offsetBytes, lengthBytes, payload);
        if (refusal != null) {
            clientRequests.refuse(refusal, payload, completion, token);
        } else {
            clientRequests.submit(
                    operation, fua, offsetBytes, lengthBytes, payload, completion, token);
        }
        leave();
    }

    private @Nullable IoStatus refusal(
            Operation operation, long offsetBytes, long lengthBytes, @Nullable Payload payload) {
        if (!node.serving()) {
            return IoStatus.NOT_PRIMARY;
        }
        if (operation == Operation.FLUSH) {
            return null;
        }
        long unit = node.config().sectorBytes();
        boolean inside =
                offsetBytes >= 0
                        && lengthBytes > 0
                        && offsetBytes <= node.size().volumeBytes() - lengthBytes
                        && offsetBytes % unit == 0
                        && lengthBytes % unit == 0;
        boolean carries = operation == Operation.READ || operation == Operation.WRITE;
        long most = carries ? Limits.MAX_REQUEST_BYTES : Limits.MAX_CHANGE_BYTES;
        boolean loggable = !operation.changes() || node.log().fits(offsetBytes, lengthBytes);
        inside = inside && lengthBytes <= most && loggable;
        boolean fits = carries ? payload != null && payload.sizeBytes() == lengthBytes : true;
        return inside && fits ? null : IoStatus.INVALID;
    }

    /** An operator's command; answered by {@link Effects#commandDone}. */
    public void command(long nowNs, long token, CommandKind kind) {
        enter(nowNs);
        commands.onCommand(token, kind);
        leave();
    }

    /** An operator's order to the online verify; answered by {@link Effects#commandDone}. */
    public void verify(long nowNs, long token, VerifyOrder order) {
        enter(nowNs);
        verify.onOrder(token, order);
        leave();
    }

    /**
     * A disk was opened and read, to be attached; answered by {@link Effects#commandDone}.
     *
     * @return whether it is attached; if not, the shell closes it again
     */
    public boolean attach(long nowNs, long token, AttachedMetadata found) {
        enter(nowNs);
        boolean attached = commands.onAttach(token, found);
        leave();
        return attached;
    }

    /** An operator wants a larger volume; answered by {@link Effects#commandDone}. */
    public void resize(long nowNs, long token, ResizeRequest request) {
        enter(nowNs);
        commands.onResize(token, request);
        leave();
    }

    /** A step of the disk towards a larger volume has ended. */
    public void diskGrown(long nowNs, long token, DiskGrowth result) {
        enter(nowNs);
        resize.onDisk(token, result);
        leave();
    }

    /**
     * What {@code fence-peer} or {@code unfence-peer} has come to.
     *
     * @param exitCode the program's, or what stands for it: 3 to 7 as DRBD has them; of {@code
     *     unfence-peer} 0 if it is done
     * @param detail more about it for a person; may be empty
     */
    public void fenceResult(long nowNs, long token, int exitCode, String detail) {
        enter(nowNs);
        node.fencing().onResult(token, exitCode, detail);
        leave();
    }

    /**
     * What was to be done before this node's data is replaced has ended.
     *
     * @param done whether it may be replaced now
     * @param detail what was done, or why not, for a person
     */
    public void targetPrepared(long nowNs, long token, boolean done, String detail) {
        enter(nowNs);
        node.preparation().onResult(token, done, detail);
        leave();
    }

    /** For what clients wait, to be read. */
    public Suspension suspension() {
        return node.suspension();
    }

    /** The volume's size, which a resize changes. */
    public long volumeBytes() {
        return node.size().volumeBytes();
    }

    /**
     * The clients of before are gone.
     *
     * @param problem empty, or why some are left
     */
    public void clientsDismissed(long nowNs, String problem) {
        enter(nowNs);
        commands.onClientsDismissed(problem);
        leave();
    }

    /** Takes over what {@link ReplicaConfig#adjustedTo} says can be changed now. */
    public void adjust(long nowNs, ReplicaConfig wanted) {
        enter(nowNs);
        node.adjust(wanted);
        negotiation.options().onAdjusted();
        verify.onAdjusted();
        tickInside();
        leave();
    }

    /** Time has passed. */
    public void tick(long nowNs) {
        enter(nowNs);
        tickInside();
        leave();
    }

    private void tickInside() {
        monitor.tick();
        clientRequests.tick();
        commands.tick();
        diskSupervisor.tick();
        latePeer.tick();
        long nextNs = Math.min(commands.deadlineNs(), diskSupervisor.deadlineNs());
        nextNs = Math.min(nextNs, node.fencing().deadlineNs());
        if (monitor.up() && !node.closing()) {
            String late = peerDeadlines.overdue();
            if (late != null) {
                latePeer.expel(late);
            }
            nextNs = Math.min(nextNs, monitor.deadlineNs());
        }
        nextNs = Math.min(nextNs, latePeer.deadlineNs());
        wakeNs = nextNs;
        if (nextNs != Long.MAX_VALUE) {
            node.effects().deadline(nextNs);
        }
    }

    /** What has begun since the last tick may be overdue before the next. */
    private void wakeInTime() {
        long dueNs = Math.min(diskSupervisor.deadlineNs(), commands.deadlineNs());
        dueNs = Math.min(dueNs, node.fencing().deadlineNs());
        if (dueNs < wakeNs) {
            wakeNs = dueNs;
            node.effects().deadline(dueNs);
        }
    }

    private void enter(long nowNs) {
        Invariant.check(!inside, "re-entrancy", "the engine is called from inside an effect");
        inside = true;
        node.nowNs(nowNs);
    }

    /** After every input: whatever has become possible is done. */
    private void leave() {
        long before;
        boolean granted;
        do {
            before = node.state().changes();
            node.writer().progress();
            syncTarget.progress();
            peerRequests.progress();
            clientRequests.progress();
            node.fencing().progress();
            node.suspension().progress();
            node.preparation().progress();
            boolean grown = resize.progress();
            commands.progress();
            grown |= resize.progress();
            syncSource.progress();
            verify.progress();
            reconciliation.progress();
            dualFlush.progress();
            granted = grantRanges() || grown;
            if (diskProof.progress()) {
                negotiation.begin();
            }
            if (node.state().connection() == ConnectionState.NEGOTIATING) {
                negotiation.progress(quiet());
            }
            peerStates.progress();
            diskSupervisor.progress();
            node.writer().progress();
        } while (granted || node.state().changes() != before);
        wakeInTime();
        inside = false;
    }

    private boolean grantRanges() {
        boolean granted = false;
        for (int holder = ranges.nextGranted(); holder >= 0; holder = ranges.nextGranted()) {
            if (holder < FIRST_SYNC_HOLDER) {
                clientRequests.onRangeGranted(holder);
            } else if (holder < FIRST_VERIFY_HOLDER) {
                syncSource.onRangeGranted(holder);
            } else if (holder < FIRST_PEER_HOLDER) {
                verify.onRangeGranted(holder);
            } else {
                peerRequests.onRangeGranted(holder);
            }
            granted = true;
        }
        return granted;
    }

    /** INV-13: nothing of an earlier link is under way, here or on its way to an answer. */
    private boolean quiet() {
        return peerRequests.drained()
                && syncSource.drained()
                && syncTarget.drained()
                && verify.drained()
                && diskProof.drained()
                && clientRequests.settledAlone();
    }

    /** The states, to be read. */
    public NodeState state() {
        return node.state();
    }

    /** What the last handshake since the start has decided, and from what; null if none was. */
    public @Nullable HandshakeReport lastHandshake() {
        return negotiation.last();
    }

    /** What the two nodes' configurations say differently of the resource. */
    public List<SharedOptions.Difference> differingOptions() {
        return negotiation.options().differing();
    }

    /** The superblock as it shall be. */
    public Superblock superblock() {
        return node.metadata().superblock();
    }

    /** Which blocks may differ from the peer's, to be read. */
    public Bitmap bitmap() {
        return node.bitmap();
    }

    /** How many blocks of 4096 bytes may differ from the peer's. */
    public long outOfSyncBlocks() {
        return node.outOfSyncBlocks();
    }

    /** How much may differ from the peer's data; of the running resync, what is left. */
    public long outOfSyncBytes() {
        long total = resyncTotalBytes();
        return total > 0
                ? Math.max(0, total - resyncDoneBytes())
                : node.outOfSyncBlocks() * Limits.BLOCK_BYTES;
    }

    /** Writes to the bitmap on disk since the start. */
    public long bitmapWrites() {
        return node.writer().bitmapWrites();
    }

    /** Transactions of the activity log since the start. */
    public long activityLogWrites() {
        return node.writer().logWrites();
    }

    /** Whether clients' requests are taken. */
    public boolean serving() {
        return node.serving();
    }

    /** Client requests that are not answered yet. */
    public int inFlight() {
        return clientRequests.inFlight();
    }

    /** What was done so far. */
    public RequestCounters counters() {
        return clientRequests.counters();
    }

    /** What there is to copy in the running resync, in bytes; 0 if there is none. */
    public long resyncTotalBytes() {
        ReplicationState flow = node.state().replication();
        return flow.source()
                ? syncSource.totalBytes()
                : flow.target() ? syncTarget.totalBytes() : 0;
    }

    /**
     * Up to where the running resync has copied what there is to copy, if this node is its source;
     * else 0. The bitmap itself follows in steps.
     */
    public long resyncPositionBlocks() {
        return node.state().replication().source() ? syncSource.positionBlocks() : 0;
    }

    /** What all resyncs since the start have copied, to or from the peer. */
    public long resyncedBytes() {
        return syncSource.resyncedBytes() + peerRequests.resyncedBytes();
    }

    /** What checks of all resyncs since the start have found the same on both nodes. */
    public long resyncSameBytes() {
        return syncSource.sameInAll() + peerRequests.sameBytes();
    }

    /** How far the online verify is, or the last one came; null if there was none. */
    public @Nullable VerifyReport verifyReport() {
        return verify.report();
    }

    /** What of it has been copied, or found the same. */
    public long resyncDoneBytes() {
        ReplicationState flow = node.state().replication();
        return flow.source()
                ? syncSource.doneBytes()
                : flow.target() ? peerRequests.syncBytes() : 0;
    }

    /** Whose operator has paused resyncs, in DRBD's words: no, user, peer, or user,peer. */
    public String resyncSuspended() {
        return node.pause().label();
    }

    /** What limits the running resync, as this node knows it. */
    public SyncView resyncView() {
        return SyncView.of(node, syncTarget);
    }
}
