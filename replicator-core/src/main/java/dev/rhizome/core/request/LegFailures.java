package dev.rhizome.core.request;

import dev.rhizome.core.Node;
import dev.rhizome.core.disk.IoErrorRule;
import dev.rhizome.core.request.ClientRequest.Repair;
import dev.rhizome.core.role.DiskState;

/** What it means for a client's request, and for the node, that one of its two legs has failed. */
final class LegFailures {
    private final Node node;

    LegFailures(Node node) {
        this.node = node;
    }

    /**
     * The local disk has failed its leg: by policy the disk goes, the error is passed on, or not.
     */
    void onDiskError(ClientRequest request, IoStatus status) {
        boolean rewriting = request.repair == Repair.REWRITING;
        Operation failed = rewriting ? Operation.WRITE : request.operation;
        if (failed != Operation.READ) {
            request.localLacksIt = !rewriting;
        }
        if (!request.done) {
            request.failure = status;
        }
        if (!node.state().diskAttached()) {
            return;
        }
        IoErrorRule rule = node.onDiskError(failed);
        String what =
                "the local disk failed a "
                        + failed
                        + " at "
                        + request.offsetBytes
                        + ": "
                        + status.meaning();
        if (rule.detaches()) {
            node.diskFailed(rule, what);
        } else {
            node.effects().event(rule.label(), what);
        }
        request.passedOn = rule.clientIsTold() && !rewriting;
        if (request.passedOn && failed != Operation.READ && node.state().diskAttached()) {
            // What is there now is neither this nor that: whatever the peer has, it is copied.
            node.bitmap().setBytes(request.offsetBytes, request.lengthBytes);
        }
        boolean peerHasIt = request.operation.changes() && node.state().mirroring();
        if (rule == IoErrorRule.LAST_GOOD_DISK && peerHasIt) {
            // The block is copied again from what this disk has there now.
            node.closeLink(
                    "a write failed on the only good disk: what it has there is copied anew");
        }
    }

    /** The peer has failed its leg: its disk no longer counts, unless it is all there is. */
    void onPeerError(ClientRequest request, IoStatus status) {
        request.failure = status;
        if (request.operation == Operation.READ || !node.state().diskAttached()) {
            return;
        }
        if (node.state().peerDisk() != DiskState.DISKLESS) {
            node.state()
                    .peerDisk(
                            DiskState.FAILED,
                            "peer-io-error",
                            "the peer failed a " + request.operation + ": " + status.meaning());
        }
        node.onPeerLost();
    }

    /** The peer does not have a change, or not for sure. */
    void peerMissed(ClientRequest request) {
        request.peerLacksIt = true;
        if (node.state().diskAttached()) {
            node.bitmap().setBytes(request.offsetBytes, request.lengthBytes);
        }
    }
}
