package dev.rhizome.core.role;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Invariant;

/**
 * The states of one replica: what it is, what it knows of its peer, and what flows between them.
 * One mutator per state machine, each with a rule and a reason; nothing else changes them.
 */
public final class NodeState {
    private final Effects effects;
    private Role role = Role.SECONDARY;
    private Role peerRole = Role.UNKNOWN;
    private boolean peerWasPrimary;
    private DiskState disk = DiskState.ATTACHING;
    private DiskState peerDisk = DiskState.UNKNOWN;
    private ConnectionState connection = ConnectionState.STAND_ALONE;
    private String connectionReason = "not started";
    private ReplicationState replication = ReplicationState.OFF;
    private boolean relinking;
    private boolean agreeing;
    private long changes;

    /**
     * @param effects where changes are told
     */
    public NodeState(Effects effects) {
        this.effects = effects;
    }

    /** This node's role. */
    public Role role() {
        return role;
    }

    /** Changes this node's role. INV-05: never two connected Primaries. */
    public void role(Role next, String rule, String reason) {
        if (next == role) {
            return;
        }
        Invariant.check(
                next != Role.PRIMARY || peerRole != Role.PRIMARY,
                "INV-05",
                "becoming Primary beside a connected Primary");
        role = next;
        told(rule, "role " + next.label() + ": ", reason);
    }

    /** The peer's role, UNKNOWN while not connected. */
    public Role peerRole() {
        return peerRole;
    }

    /** Notes the peer's role. */
    public void peerRole(Role next, String rule, String reason) {
        if (next == peerRole) {
            return;
        }
        peerRole = next;
        peerWasPrimary |= next == Role.PRIMARY;
        told(rule, "peer role " + next.label() + ": ", reason);
    }

    /** Whether the peer has been Primary since the start, as far as this node knows. */
    public boolean peerWasPrimary() {
        return peerWasPrimary;
    }

    /** This node's disk state. */
    public DiskState disk() {
        return disk;
    }

    /** Changes this node's disk state. A disk that has failed does not come back by itself. */
    public void disk(DiskState next, String rule, String reason) {
        if (next == disk) {
            return;
        }
        Invariant.check(
                disk != DiskState.FAILED || next == DiskState.DISKLESS,
                "INV-15",
                "a failed disk may only be let go");
        Invariant.check(
                disk != DiskState.DISKLESS, "INV-15", "a disk that was let go does not come back");
        disk = next;
        told(rule, "disk " + next.label() + ": ", reason);
    }

    /** A disk is attached where there was none: only an operator does that. */
    public void attaching(String rule, String reason) {
        Invariant.check(disk == DiskState.DISKLESS, "INV-15", "a disk beside another");
        disk = DiskState.ATTACHING;
        told(rule, "disk " + disk.label() + ": ", reason);
    }

    /** What is known of the peer's disk. */
    public DiskState peerDisk() {
        return peerDisk;
    }

    /** Notes the peer's disk state. */
    public void peerDisk(DiskState next, String rule, String reason) {
        if (next == peerDisk) {
            return;
        }
        peerDisk = next;
        told(rule, "peer disk " + next.label() + ": ", reason);
    }

    /** The link's state. */
    public ConnectionState connection() {
        return connection;
    }

    /** Why the link is in its state, one line. */
    public String connectionReason() {
        return connectionReason;
    }

    /** Changes the link's state; only a handshake leads to CONNECTED. */
    public void connection(ConnectionState next, String rule, String reason) {
        connectionReason = reason;
        if (next == connection) {
            return;
        }
        Invariant.check(
                next != ConnectionState.CONNECTED || connection == ConnectionState.NEGOTIATING,
                "handshake",
                "connected without a handshake");
        connection = next;
        relinking &= next != ConnectionState.CONNECTED && next != ConnectionState.STAND_ALONE;
        told(rule, "connection " + next.label() + ": ", reason);
    }

    /** A failed attempt or the like: the state stays, the reason changes. */
    public void connectionReason(String reason) {
        connectionReason = reason;
    }

    /** What flows over the link. */
    public ReplicationState replication() {
        return replication;
    }

    /** Changes what flows over the link. */
    public void replication(ReplicationState next, String rule, String reason) {
        if (next == replication) {
            return;
        }
        Invariant.check(
                next == ReplicationState.OFF || connection == ConnectionState.CONNECTED,
                "handshake",
                "replication without a connection");
        replication = next;
        told(rule, "replication " + next.label() + ": ", reason);
    }

    private void told(String rule, String change, String reason) {
        changes++;
        effects.event(rule, change + reason);
    }

    /** How often anything has changed. */
    public long changes() {
        return changes;
    }

    /** Whether this node's disk can be read and written at all. */
    public boolean diskAttached() {
        return disk.code() >= DiskState.INCONSISTENT.code() && disk != DiskState.UNKNOWN;
    }

    /** Whether this node's disk holds the newest data. */
    public boolean diskUpToDate() {
        return disk == DiskState.UP_TO_DATE;
    }

    /** Whether the peer is connected and its disk holds the newest data. */
    public boolean peerUpToDate() {
        return connection == ConnectionState.CONNECTED && peerDisk == DiskState.UP_TO_DATE;
    }

    /**
     * Whether changes and flushes go to the peer: agreed, and its disk can take them. Without a
     * disk of its own a node only relies on an UpToDate one: half a copy beside none is no data.
     */
    public boolean mirroring() {
        boolean agreed =
                replication == ReplicationState.ESTABLISHED
                        || replication.source()
                        || replication.target();
        boolean half = peerDisk == DiskState.INCONSISTENT && diskUpToDate();
        return agreed && (peerDisk == DiskState.UP_TO_DATE || half);
    }

    /** Whether a resync is running or being prepared. */
    public boolean syncing() {
        return replication != ReplicationState.OFF && replication != ReplicationState.ESTABLISHED;
    }

    /**
     * Whether the link is begun anew because this node's disk has come or gone: what clients ask
     * for waits until the peers have agreed again.
     */
    public boolean relinking() {
        return relinking;
    }

    /** The link is about to be begun anew, or was not in time. */
    public void relinking(boolean value) {
        relinking = value;
        changes++;
    }

    /** Whether the nodes are connected: they have agreed. */
    public boolean connected() {
        return connection == ConnectionState.CONNECTED;
    }

    /** Two connected nodes begin, or end, to agree on a copy that an operator has asked for. */
    public void agreeing(boolean value) {
        if (agreeing != value) {
            agreeing = value;
            changes++;
        }
    }

    /** Whether an operator's wish for a copy is being agreed. */
    public boolean agreeing() {
        return agreeing;
    }

    /** Whether the peers are still agreeing on what to do: writes and role changes wait. */
    public boolean inTransition() {
        return relinking
                || connection == ConnectionState.NEGOTIATING
                || agreeing
                || replication == ReplicationState.STARTING_SYNC_SOURCE
                || replication == ReplicationState.STARTING_SYNC_TARGET;
    }
}
