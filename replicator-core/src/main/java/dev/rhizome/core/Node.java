package dev.rhizome.core;

import dev.rhizome.core.activitylog.ActivityLog;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.disk.BackingDevice;
import dev.rhizome.core.disk.DiskMemory;
import dev.rhizome.core.disk.IoErrorRule;
import dev.rhizome.core.disk.IoErrorTable;
import dev.rhizome.core.fencing.Fencing;
import dev.rhizome.core.fencing.Suspension;
import dev.rhizome.core.generation.Cover;
import dev.rhizome.core.generation.GenerationSource;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.handshake.TargetPreparation;
import dev.rhizome.core.link.Expulsions;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataKeeper;
import dev.rhizome.core.metadata.MetadataWriter;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.resize.VolumeSize;
import dev.rhizome.core.resync.SyncPace;
import dev.rhizome.core.resync.SyncPause;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.Continuity;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.NodeState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one replica share: its states, its memory, its outlets, and the time of the
 * input that is being handled.
 */
public final class Node {
    private ReplicaConfig config;
    private final Effects effects;
    private final PayloadPool payloads;
    private final NodeState state;
    private final BackingDevice device;
    private final GenerationSource source;
    private DiskMemory memory;
    private int attachments;
    private final Continuity continuity;
    private final Expulsions expulsions;
    private final SyncPace pace;
    private final SyncPause pause;
    private final VolumeSize size;
    private final Fencing fencing;
    private final Suspension suspension;
    private final TargetPreparation preparation;
    private final FrameHeader header = new FrameHeader();
    private final ByteBuffer control = ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES);
    private long nowNs;
    private long peerGeneration;
    private long shownGeneration;
    private long peerLosses;
    private boolean closing;
    private boolean leaving;
    private boolean demoting;
    private boolean ending;
    private boolean givingWay;
    private boolean discardMyData;
    private boolean tentative;
    private long relinkDeadlineNs = Long.MAX_VALUE;
    private @Nullable Hello peerHello;

    Node(
            ReplicaConfig config,
            Effects effects,
            PayloadPool payloads,
            GenerationSource source,
            AttachedMetadata attached) {
        this.config = config;
        this.effects = effects;
        this.payloads = payloads;
        this.source = source;
        this.device = new BackingDevice(effects, this::nowNs);
        this.memory = DiskMemory.of(config, device, source, effects::wallClockMs, attached);
        this.size =
                new VolumeSize(
                        attached.superblock().volumeBytes(), attached.layout().capacityBytes());
        this.state = new NodeState(effects);
        this.expulsions = new Expulsions(config.requestTimeoutNs());
        this.pace = new SyncPace(config.tuning().pace());
        this.pause = new SyncPause(this);
        this.fencing = new Fencing(this);
        this.suspension = new Suspension(this, fencing);
        this.preparation = new TargetPreparation(this);
        this.continuity =
                new Continuity(
                        state,
                        attached.superblock().has(Flag.PRIMARY_INDICATOR),
                        attached.superblock().generations().current());
    }

    /** What the replica was told. */
    public ReplicaConfig config() {
        return config;
    }

    /** It is told something else, as far as that can be. */
    void adjust(ReplicaConfig wanted) {
        config = config.adjustedTo(wanted);
        expulsions.adjust(config.requestTimeoutNs());
        pace.adjust(config.tuning().pace());
    }

    /** Where effects go. */
    public Effects effects() {
        return effects;
    }

    /** Memory for what the engine itself reads. */
    public PayloadPool payloads() {
        return payloads;
    }

    /** The states. */
    public NodeState state() {
        return state;
    }

    /** The local disk's operations. */
    public BackingDevice device() {
        return device;
    }

    /** How many disks, or attachments of one, there have been before this one. */
    public int attachments() {
        return attachments;
    }

    /** Another attachment begins, of this disk or of another; nothing is under way on it. */
    void attach(AttachedMetadata attached) {
        memory = DiskMemory.of(config, device, source, effects::wallClockMs, attached);
        attachSize(attached);
        attachments++;
        continuity.end();
        state.attaching("attach", "its metadata has been read");
    }

    /** What remembers blocks is for a larger volume from now on; the log must be quiet. */
    public void growMemory(long largerBytes) {
        memory = memory.grown(config, largerBytes);
    }

    /** Whether the peer is kept from going on without this node. */
    public Fencing fencing() {
        return fencing;
    }

    /** Whether clients wait. */
    public Suspension suspension() {
        return suspension;
    }

    /** The volume's size. */
    public VolumeSize size() {
        return size;
    }

    /** The disk may have recorded a resize that the node did not live to hear of. */
    private void attachSize(AttachedMetadata attached) {
        long bytes = attached.superblock().volumeBytes();
        boolean other = bytes != size.volumeBytes();
        size.attach(bytes, attached.layout().capacityBytes());
        if (other) {
            effects.resized(bytes);
        }
    }

    /** The superblock. */
    public MetadataKeeper metadata() {
        return memory.metadata();
    }

    /** Brings the metadata to the disk. */
    public MetadataWriter writer() {
        return memory.writer();
    }

    /** Which blocks may differ from the peer's. */
    public Bitmap bitmap() {
        return memory.bitmap();
    }

    /** Where changes may be under way. */
    public ActivityLog log() {
        return memory.log();
    }

    /** Whether clients of before this process may go on. */
    public Continuity continuity() {
        return continuity;
    }

    /** How long a peer that was late is left alone. */
    public Expulsions expulsions() {
        return expulsions;
    }

    /** How fast a resync may go beside the application. */
    public SyncPace pace() {
        return pace;
    }

    /** Whether resyncs are paused. */
    public SyncPause pause() {
        return pause;
    }

    /** Whether the peer's lack of a write is on record. */
    public Cover cover() {
        return memory.cover();
    }

    /** The time of the input that is being handled. */
    public long nowNs() {
        return nowNs;
    }

    void nowNs(long value) {
        nowNs = value;
    }

    /** The peer's current generation, as it last said. */
    public long peerGeneration() {
        return peerGeneration;
    }

    /**
     * Notes the peer's current generation; without whole data of its own, that is what it shows.
     */
    public void peerGeneration(long value) {
        peerGeneration = value;
        if (!state.diskUpToDate() && state.peerUpToDate()) {
            shownGeneration = value;
        }
    }

    /** Clients are served from now on: without whole data of its own, with what the peer has. */
    public void onServing() {
        if (!state.diskUpToDate()) {
            shownGeneration = peerGeneration;
        }
    }

    /** Sends a frame without a range or body. */
    public void send(FrameType type, long id, long argument) {
        effects.send(header.set(type, id, argument), null);
    }

    /** Sends a frame with a range; one reference of the payload passes. */
    public void send(
            FrameType type,
            boolean fua,
            long id,
            long offsetBytes,
            long lengthBytes,
            long argument,
            @Nullable Payload payload) {
        int flags = fua ? FrameHeader.FLAG_FUA : 0;
        int body = payload == null ? 0 : payload.sizeBytes();
        effects.send(
                header.set(type, flags, body, id, offsetBytes, lengthBytes, argument), payload);
    }

    /** Sends a frame with a control body, which {@link #control} has filled. */
    public void sendControl(FrameType type, long id, long argument, ByteBuffer body) {
        header.set(type, 0, body.remaining(), id, 0, 0, argument);
        effects.sendControl(header, body);
    }

    /** Sends a frame with a range and a control body, which {@link #control} has filled. */
    public void sendControl(
            FrameType type, long id, long offsetBytes, long lengthBytes, ByteBuffer body) {
        header.set(type, 0, body.remaining(), id, offsetBytes, lengthBytes, 0);
        effects.sendControl(header, body);
    }

    /** What is done before this node's data is replaced. */
    public TargetPreparation preparation() {
        return preparation;
    }

    /** Scratch space for a control body. */
    public ByteBuffer control() {
        return control;
    }

    /** What this node says of itself now. */
    public Hello hello() {
        boolean attached = state.diskAttached();
        return hello(
                metadata().superblock(),
                attached ? state.disk() : DiskState.DISKLESS,
                outOfSyncBlocks(),
                size);
    }

    /** What it says, or would say, of itself with this memory. */
    Hello hello(Superblock superblock, DiskState disk, long outOfSyncBlocks, VolumeSize ofDisk) {
        boolean attached = disk != DiskState.DISKLESS;
        return new Hello(
                HelloCodec.PROTOCOL_VERSION,
                HelloCodec.OLDEST_PROTOCOL_VERSION,
                0,
                config.node(),
                config.resource(),
                attached ? ofDisk.volumeBytes() : 0,
                config.sectorBytes(),
                state.role(),
                disk,
                new Hello.Flags(
                        superblock.has(Flag.CRASHED) || fencing.unmirrored(),
                        superblock.has(Flag.CRASHED_PRIMARY) || fencing.unmirrored(),
                        superblock.has(Flag.PROMOTED_ALONE),
                        discardMyData,
                        tentative,
                        preparation.wanted(disk)),
                !attached && primary()
                        ? new Generations(shownGeneration, Generations.NONE, List.of())
                        : superblock.generations(),
                outOfSyncBlocks,
                config.policies(),
                primary() && disk != DiskState.UP_TO_DATE ? shownGeneration : Generations.NONE,
                attached ? ofDisk.capacityBytes() : 0,
                superblock.tenure());
    }

    /** How many blocks the bitmap says may differ from the peer's. */
    public long outOfSyncBlocks() {
        return state.diskAttached() ? bitmap().setCount() : 0;
    }

    /** Tells a connected peer what this node is now. */
    public void sendState() {
        if (state.connection() == ConnectionState.CONNECTED) {
            sendControl(FrameType.STATE, 0, 0, HelloCodec.encode(hello(), control));
        }
    }

    /** The peer broke the protocol: it is not to be talked to on this link any more. */
    public void protocolError(String what) {
        effects.event("protocol-error", what);
        closeLink("protocol error: " + what);
    }

    /** Closes the link; what still comes over it is not heard any more. */
    public void closeLink(String reason) {
        if (!closing) {
            closing = true;
            effects.closeLink(reason);
        }
    }

    /** Whether the link is being closed by this node. */
    public boolean closing() {
        return closing;
    }

    void closing(boolean value) {
        closing = value;
    }

    /**
     * Lets the local disk go: it has failed, or cannot be trusted any more (INV-15). What was being
     * agreed with the peer, or copied, counted on the disk: that is begun anew without it.
     */
    public void detach(String rule, String reason) {
        if (!state.diskAttached()) {
            return;
        }
        metadata().abandon();
        shownGeneration = metadata().generations().current();
        state.disk(DiskState.FAILED, rule, reason);
        state.disk(DiskState.DISKLESS, rule, reason);
        if (state.connection() == ConnectionState.NEGOTIATING || state.syncing()) {
            relink("this node's disk has failed");
        } else {
            sendState();
        }
    }

    /** As {@link #detach}, because an operation has failed. */
    public void diskFailed(IoErrorRule rule, String reason) {
        if (rule == IoErrorRule.CALL_LOCAL_IO_ERROR && state.diskAttached()) {
            effects.callHandler(Handler.LOCAL_IO_ERROR);
        }
        detach(rule.label(), reason);
    }

    /** What a failed operation of the local disk leads to. */
    public IoErrorRule onDiskError(Operation operation) {
        return IoErrorTable.decide(
                operation, state.peerUpToDate(), config.diskPolicy().onIoError());
    }

    /** This node's disk has come or gone: what is agreed with the peer is agreed anew. */
    void relink(String reason) {
        boolean linked =
                state.connection() == ConnectionState.CONNECTED
                        || state.connection() == ConnectionState.NEGOTIATING;
        if (!linked) {
            return;
        }
        if (primary() && !state.diskUpToDate()) {
            relinkDeadlineNs = nowNs + config.requestTimeoutNs();
            state.relinking(true);
        }
        closeLink(reason);
    }

    /** When clients stop waiting for a new link; Long.MAX_VALUE if none do. */
    public long relinkDeadlineNs() {
        return state.relinking() ? relinkDeadlineNs : Long.MAX_VALUE;
    }

    /** Clients do not wait for a new link any longer than for anything else of the peer. */
    public void endRelinkIfLate() {
        if (nowNs >= relinkDeadlineNs()) {
            state.relinking(false);
            effects.event("relink-late", "the peer has not come back in time: clients get errors");
        }
    }

    /**
     * Without a disk, what is served is the peer's volume: it is as large as that. Data that serves
     * nobody may be of a size that no client has seen, and will not see (INV-08).
     */
    public void sizeOfPeer(Hello peer) {
        long bytes = peer.volumeBytes();
        boolean served = !state.diskAttached() && peer.disk() == DiskState.UP_TO_DATE;
        if (served && bytes > 0 && bytes != size.volumeBytes()) {
            size.attach(bytes, bytes);
            effects.resized(bytes);
        }
    }

    /** What the peer last said of itself; null if it has not since the start. */
    public @Nullable Hello peerHello() {
        return peerHello;
    }

    /** Notes what the peer says of itself. */
    public void peerHello(Hello hello) {
        peerHello = hello;
    }

    /** Whether the nodes are linked and agreed. */
    public boolean connected() {
        return state.connection() == ConnectionState.CONNECTED;
    }

    /** Whether the nodes are agreed, and nothing is being copied. */
    public boolean replicationEstablished() {
        return state.replication() == ReplicationState.ESTABLISHED;
    }

    /**
     * The peer, or its disk, is lost: what it has acknowledged but not flushed counts as different
     * from now on, and so does what it acknowledges no more (INV-06).
     */
    public void onPeerLost() {
        peerLosses++;
        if (state.diskAttached()) {
            log().onPeerLost();
        }
    }

    /** How often the peer was lost: a change that began before the last time may be gone there. */
    public long peerLosses() {
        return peerLosses;
    }

    /**
     * Whether this Secondary has the only data of a Primary without a disk: then it keeps the
     * record of what the other disk lacks.
     */
    public boolean holdsForDisklessPeer() {
        return state.peerRole() == Role.PRIMARY
                && state.peerDisk().code() <= DiskState.FAILED.code()
                && state.diskAttached();
    }

    /**
     * Whether the peer's generation says that this Primary's disk lacks writes (INV-01). That disk
     * may hold what was last durable, or what was being written when it failed.
     */
    public boolean localLossCovered() {
        return state.peerUpToDate()
                && peerGeneration != metadata().generations().current()
                && peerGeneration != metadata().durableGenerations().current();
    }

    /** Whether this node is Primary. */
    public boolean primary() {
        return state.role() == Role.PRIMARY;
    }

    /** Whether clients' requests are taken: Primary, and not about to cease to be. */
    public boolean serving() {
        return primary() && !demoting;
    }

    /** A demotion begins or ends. */
    public void demoting(boolean value) {
        demoting = value;
    }

    /** Whether this Primary ceases to be one because its peer's data counts. */
    public boolean givingWay() {
        return givingWay;
    }

    /** Notes whether this Primary ceases to be one because its peer's data counts. */
    public void givingWay(boolean value) {
        givingWay = value;
    }

    /** Whether an operator gives this node's data up, should it be in conflict with the peer's. */
    public boolean discardMyData() {
        return discardMyData;
    }

    /** Notes the operator's word, or that it is used up. */
    public void discardMyData(boolean value) {
        discardMyData = value;
    }

    /** Whether the next handshake is only to tell what it would decide. */
    public boolean tentative() {
        return tentative;
    }

    /** Notes whether the next handshake is only to tell what it would decide. */
    public void tentative(boolean value) {
        tentative = value;
    }

    /** The node is being closed in order: nothing is begun any more that nobody has asked for. */
    public void ending() {
        ending = true;
    }

    /** Whether the node is being closed in order. */
    public boolean isEnding() {
        return ending;
    }

    /** Whether the peer is left alone on purpose: a lost link is not to be tried again. */
    public boolean leaving() {
        return leaving;
    }

    /** Notes whether the peer is left alone on purpose. */
    public void leaving(boolean value) {
        leaving = value;
    }
}
