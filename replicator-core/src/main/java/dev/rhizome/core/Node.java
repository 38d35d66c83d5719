package dev.rhizome.core;

import dev.rhizome.core.activitylog.ActivityLog;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.generation.Cover;
import dev.rhizome.core.generation.GenerationSource;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataKeeper;
import dev.rhizome.core.metadata.MetadataWriter;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.Continuity;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.NodeState;
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
    private final ReplicaConfig config;
    private final Effects effects;
    private final PayloadPool payloads;
    private final NodeState state;
    private final MetadataKeeper metadata;
    private final MetadataWriter writer;
    private final Bitmap bitmap;
    private final Cover cover;
    private final Continuity continuity;
    private final FrameHeader header = new FrameHeader();
    private final ByteBuffer control = ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES);
    private ActivityLog log;
    private long volumeBytes;
    private long capacityBytes;
    private boolean growing;
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

    Node(
            ReplicaConfig config,
            Effects effects,
            PayloadPool payloads,
            GenerationSource source,
            AttachedMetadata attached) {
        this.config = config;
        this.effects = effects;
        this.payloads = payloads;
        this.metadata = new MetadataKeeper(source, attached.superblock(), attached.behindSlot());
        this.bitmap = attached.bitmap();
        this.log =
                new ActivityLog(
                        bitmap,
                        config.tuning().extentBlocks(),
                        config.tuning().activityLogExtents(),
                        attached.layout().activityLogBlocks(),
                        attached.log().lastSequence());
        this.volumeBytes = attached.superblock().volumeBytes();
        this.capacityBytes = attached.layout().capacityBytes();
        this.writer = new MetadataWriter(effects, attached.layout(), metadata, log, bitmap);
        this.state = new NodeState(effects);
        this.cover = new Cover(metadata);
        this.continuity =
                new Continuity(
                        state,
                        attached.superblock().has(Flag.PRIMARY_INDICATOR),
                        attached.superblock().generations().current());
    }

    /** What the replica was told once. */
    public ReplicaConfig config() {
        return config;
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

    /** The superblock. */
    public MetadataKeeper metadata() {
        return metadata;
    }

    /** Brings the metadata to the disk. */
    public MetadataWriter writer() {
        return writer;
    }

    /** Which blocks may differ from the peer's. */
    public Bitmap bitmap() {
        return bitmap;
    }

    /** Where changes may be under way. */
    public ActivityLog log() {
        return log;
    }

    /** Whether clients of before this process may go on. */
    public Continuity continuity() {
        return continuity;
    }

    /** Whether the peer's lack of a write is on record. */
    public Cover cover() {
        return cover;
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

    /** Scratch space for a control body. */
    public ByteBuffer control() {
        return control;
    }

    /** What this node says of itself now. */
    public Hello hello() {
        boolean attached = state.diskAttached();
        Superblock memory = metadata.superblock();
        return new Hello(
                HelloCodec.PROTOCOL_VERSION,
                HelloCodec.OLDEST_PROTOCOL_VERSION,
                0,
                config.node(),
                config.resource(),
                attached ? volumeBytes : 0,
                config.sectorBytes(),
                state.role(),
                attached ? state.disk() : DiskState.DISKLESS,
                new Hello.Flags(
                        memory.has(Flag.CRASHED),
                        memory.has(Flag.CRASHED_PRIMARY),
                        memory.has(Flag.PROMOTED_ALONE),
                        discardMyData,
                        tentative),
                !attached && primary()
                        ? new Generations(shownGeneration, Generations.NONE, List.of())
                        : metadata.generations(),
                outOfSyncBlocks(),
                config.policies(),
                primary() && !state.diskUpToDate() ? shownGeneration : Generations.NONE,
                attached ? Math.max(capacityBytes, volumeBytes) : 0);
    }

    /** The volume's size, which a resize changes. */
    public long volumeBytes() {
        return volumeBytes;
    }

    /** The volume has a new size, durably: it may be used. */
    public void volumeBytes(long larger) {
        volumeBytes = larger;
        effects.resized(larger);
    }

    /** How large the volume could be on this disk, as far as it is known. */
    public long capacityBytes() {
        return capacityBytes;
    }

    /** The disk was asked how large the volume could be. */
    public void capacityBytes(long value) {
        capacityBytes = value;
    }

    /** What remembers blocks is for a larger volume from now on; the log must be quiet. */
    public void growMemory(long largerBytes) {
        // The log stands for bits that are not on the disk; the new one does not.
        bitmap.requireAll();
        bitmap.grow((largerBytes + Limits.BLOCK_BYTES - 1) / Limits.BLOCK_BYTES);
        log =
                new ActivityLog(
                        bitmap,
                        config.tuning().extentBlocks(),
                        config.tuning().activityLogExtents(),
                        writer.layout().activityLogBlocks(),
                        log.sequence());
        log.reset();
        writer.log(log);
    }

    /** Whether clients' changes wait until the volume has grown. */
    public boolean growing() {
        return growing;
    }

    /** Has clients' changes wait, or go on. */
    public void growing(boolean value) {
        growing = value;
    }

    /** How many blocks the bitmap says may differ from the peer's. */
    public long outOfSyncBlocks() {
        return state.diskAttached() ? bitmap.setCount() : 0;
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
        metadata.abandon();
        shownGeneration = metadata.generations().current();
        state.disk(DiskState.FAILED, rule, reason);
        state.disk(DiskState.DISKLESS, rule, reason);
        if (state.connection() == ConnectionState.NEGOTIATING || state.syncing()) {
            closeLink("this node's disk has failed");
        } else {
            sendState();
        }
    }

    /**
     * The peer, or its disk, is lost: what it has acknowledged but not flushed counts as different
     * from now on, and so does what it acknowledges no more (INV-06).
     */
    public void onPeerLost() {
        peerLosses++;
        if (state.diskAttached()) {
            log.onPeerLost();
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
                && peerGeneration != metadata.generations().current()
                && peerGeneration != metadata.durableGenerations().current();
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
