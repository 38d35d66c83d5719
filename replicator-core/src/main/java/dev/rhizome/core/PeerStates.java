package dev.rhizome.core;

import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;

/** What the peer says of itself while connected, and what follows from it. */
final class PeerStates {
    private final Node node;

    /** The peer, a Primary without a disk, waits to hear of this node's new generation. */
    private boolean stateDue;

    PeerStates(Node node) {
        this.node = node;
    }

    /** The peer's role, disk or generation has changed. */
    void onState(ByteBuffer body) {
        Hello peer = HelloCodec.decode(body);
        if (peer == null) {
            node.protocolError("a state that is none");
            return;
        }
        if (peer.role() == Role.PRIMARY && node.primary()) {
            node.protocolError("the peer calls itself Primary although this node is");
            return;
        }
        node.peerHello(peer);
        node.peerGeneration(peer.generations().current());
        node.state().peerRole(peer.role(), "peer-state", "the peer says so");
        servedBy(peer);
        node.sizeOfPeer(peer);
        if (peer.disk().code() <= DiskState.FAILED.code()) {
            node.onPeerLost();
            node.state().peerDisk(peer.disk(), "peer-state", "the peer says so");
            if (peer.role() == Role.PRIMARY && node.state().diskUpToDate()) {
                coverDisklessPrimary();
            }
        }
    }

    /** This node, Primary without a disk, hears that the data which it shows is on the peer. */
    private void servedBy(Hello peer) {
        boolean serves =
                node.primary()
                        && !node.state().diskAttached()
                        && node.state().replication() == ReplicationState.ESTABLISHED
                        && peer.disk() == DiskState.UP_TO_DATE;
        if (serves) {
            node.state().peerDisk(peer.disk(), "peer-state", "the peer says so");
            node.peerGeneration(peer.generations().current());
        }
    }

    /**
     * The Primary's disk is gone: this node's generation must say that it alone has the rest. What
     * a crash of this node has left is what the Primary goes on with: it is settled by that.
     */
    private void coverDisklessPrimary() {
        node.cover().demand();
        node.metadata()
                .update(
                        node.metadata()
                                .superblock()
                                .with(Flag.CRASHED, false)
                                .with(Flag.CRASHED_PRIMARY, false));
        stateDue = true;
    }

    /** Tells the peer once the new generation is durable. */
    void progress() {
        if (stateDue && node.cover().ready()) {
            stateDue = false;
            node.sendState();
        }
    }
}
