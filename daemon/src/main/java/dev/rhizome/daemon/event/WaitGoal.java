package dev.rhizome.daemon.event;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.VolumeStatus;

/** What a client waits for: a pure function of the status, first match wins. */
public enum WaitGoal {
    /** The peer is connected, as {@code drbdadm wait-connect} waits for it. */
    CONNECT("wait-connect"),
    /** Both nodes have the same, UpToDate, as {@code drbdadm wait-sync} waits for it. */
    SYNC("wait-sync");

    private final String verb;

    WaitGoal(String verb) {
        this.verb = verb;
    }

    /** The verb that waits for it. */
    public String verb() {
        return verb;
    }

    /**
     * How it stands.
     *
     * @param state reached, hopeless without an operator, or not yet
     * @param rule the named rule
     * @param reason one line for a person
     */
    public record Standing(State state, String rule, String reason) {
        /** How it stands. */
        public enum State {
            /** It is so. */
            REACHED,
            /** It will not be so until somebody does something. */
            HOPELESS,
            /** It is not so yet. */
            NOT_YET
        }
    }

    /** How it stands with a resource. */
    public Standing judge(ResourceStatus resource) {
        VolumeStatus status = resource.volume();
        if (status == null) {
            return notYet("resource-down", "the resource is down: " + resource.downReason());
        }
        if (status.connection() == ConnectionState.STAND_ALONE) {
            return new Standing(
                    Standing.State.HOPELESS,
                    "stand-alone",
                    "this node is StandAlone ("
                            + status.connectionReason()
                            + "): nothing changes until 'rhizome connect "
                            + resource.name()
                            + "'");
        }
        if (status.connection() != ConnectionState.CONNECTED) {
            return notYet(
                    "not-connected",
                    status.connection().label() + ": " + status.connectionReason());
        }
        if (this == CONNECT) {
            return reached("connected", "connected to " + status.peer());
        }
        boolean settled = status.replication() == ReplicationState.ESTABLISHED;
        boolean bothGood =
                status.disk() == DiskState.UP_TO_DATE && status.peerDisk() == DiskState.UP_TO_DATE;
        if (settled && bothGood) {
            return reached("in-sync", "both nodes are UpToDate");
        }
        String paused =
                status.resyncSuspended().equals("no")
                        ? ""
                        : ", resync paused by " + status.resyncSuspended();
        return notYet(
                "not-in-sync",
                "disk "
                        + status.disk().label()
                        + ", peer's disk "
                        + status.peerDisk().label()
                        + ", "
                        + status.replication().label()
                        + paused);
    }

    private static Standing reached(String rule, String reason) {
        return new Standing(Standing.State.REACHED, rule, reason);
    }

    private static Standing notYet(String rule, String reason) {
        return new Standing(Standing.State.NOT_YET, rule, reason);
    }
}
