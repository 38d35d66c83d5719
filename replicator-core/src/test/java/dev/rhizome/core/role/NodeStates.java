package dev.rhizome.core.role;

import dev.rhizome.core.QuietEffects;

/** States of a node to decide on. */
final class NodeStates {
    private NodeStates() {}

    /** A Secondary without its peer. */
    static NodeState state(DiskState disk) {
        NodeState state = new NodeState(new QuietEffects());
        if (disk == DiskState.DISKLESS) {
            state.disk(DiskState.FAILED, "test", "");
        }
        state.disk(disk, "test", "");
        return state;
    }

    /** A Secondary that is in step with another. */
    static NodeState connected(DiskState disk, DiskState peerDisk) {
        NodeState state = state(disk);
        state.connection(ConnectionState.NEGOTIATING, "test", "");
        state.connection(ConnectionState.CONNECTED, "test", "");
        state.peerRole(Role.SECONDARY, "test", "");
        state.peerDisk(peerDisk, "test", "");
        state.replication(ReplicationState.ESTABLISHED, "test", "");
        return state;
    }
}
