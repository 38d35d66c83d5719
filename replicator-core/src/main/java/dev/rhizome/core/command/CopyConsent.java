package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a peer whose operator wants one node's data copied anew. Consent is given once no
 * change of this node's clients is under way; from then on until the copy is prepared they wait.
 */
final class CopyConsent {
    private final Node node;
    private final ClientRequests clientRequests;
    private final SyncSource syncSource;
    private @Nullable CopyWish pending;
    private long question;

    CopyConsent(Node node, ClientRequests clientRequests, SyncSource syncSource) {
        this.node = node;
        this.clientRequests = clientRequests;
        this.syncSource = syncSource;
    }

    /**
     * The peer asks.
     *
     * @param busy whether a command of this node is under way
     */
    void onRequest(long id, long code, boolean busy) {
        CopyWish wish = CopyWish.ofCode(code);
        if (wish == null || pending != null) {
            node.protocolError("COPY_REQUEST out of place");
            return;
        }
        String refusal = busy ? "another command is under way there, try again" : refusal(node);
        if (refusal != null) {
            reply(id, refusal);
            return;
        }
        pending = wish;
        question = id;
        node.state().agreeing(true);
    }

    /** Why this pair is not to copy anew now; null if it may. */
    static @Nullable String refusal(Node node) {
        if (!node.state().connected()) {
            return "the nodes are not connected";
        }
        if (!node.state().diskAttached()) {
            return "this node has no disk";
        }
        if (node.state().syncing()) {
            return "a resync is running: let it end, or disconnect";
        }
        if (node.size().resizing()) {
            return "the volume is being resized: wait for that";
        }
        if (node.state().agreeing()) {
            return "the peer is asking for a copy itself, try again";
        }
        if (node.state().disk() != DiskState.UP_TO_DATE) {
            return "this node's data is " + node.state().disk().label() + ", not UpToDate";
        }
        if (node.state().peerDisk() != DiskState.UP_TO_DATE) {
            return "the peer's data is " + node.state().peerDisk().label() + ", not UpToDate";
        }
        return null;
    }

    void progress() {
        CopyWish wish = pending;
        if (wish == null || !clientRequests.settledAlone()) {
            return;
        }
        end();
        String refusal = refusal(node);
        reply(question, refusal == null ? "" : refusal);
        if (refusal != null) {
            return;
        }
        if (wish == CopyWish.TO_ME) {
            syncSource.startAgain(wish.rule(), "an operator of the peer has invalidated its data");
        } else {
            node.state()
                    .replication(
                            ReplicationState.STARTING_SYNC_TARGET,
                            wish.rule(),
                            "an operator of the peer has invalidated this node's data");
        }
    }

    /** The node ends, or has lost its link: the question lapses. */
    void abandon() {
        if (pending != null) {
            end();
        }
    }

    private void end() {
        pending = null;
        node.state().agreeing(false);
    }

    private void reply(long id, String refusal) {
        node.sendControl(
                FrameType.COPY_REPLY,
                id,
                refusal.isEmpty() ? 0 : 1,
                HelloCodec.encodeText(refusal, node.control()));
    }
}
