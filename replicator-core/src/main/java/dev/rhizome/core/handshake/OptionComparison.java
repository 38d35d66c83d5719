package dev.rhizome.core.handshake;

import dev.rhizome.core.Node;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Compares what the two nodes' configurations say of the resource. Each says it before its hello,
 * so that it is known also where the handshake comes to nothing, and again when it changes.
 */
public final class OptionComparison {
    private static final int NAMED = 5;

    private final Node node;
    private SharedOptions peer = SharedOptions.NONE;
    private List<SharedOptions.Difference> differing = List.of();

    /**
     * @param node what the parts share
     */
    public OptionComparison(Node node) {
        this.node = node;
    }

    /** What differs, as far as the peer has said; of a peer that is gone, what it said last. */
    public List<SharedOptions.Difference> differing() {
        return differing;
    }

    void send() {
        SharedOptions own = node.config().shared();
        node.sendControl(FrameType.OPTIONS, 0, 0, own.encode(node.control()));
    }

    /** The peer's options. */
    public void onPeer(ByteBuffer body) {
        peer = SharedOptions.decode(body);
        compare();
    }

    /** This node's options have changed. */
    public void onAdjusted() {
        if (node.state().connected()) {
            send();
        }
        compare();
    }

    private void compare() {
        List<SharedOptions.Difference> before = differing;
        differing = node.config().shared().differencesFrom(peer);
        if (differing.equals(before)) {
            return;
        }
        node.effects()
                .event(
                        differing.isEmpty() ? "options-agree" : "options-differ",
                        differing.isEmpty() ? "the configuration is that of the peer" : line());
    }

    private String line() {
        String named =
                differing.stream()
                        .limit(NAMED)
                        .map(SharedOptions.Difference::line)
                        .collect(Collectors.joining("; "));
        int more = differing.size() - NAMED;
        return named
                + (more > 0 ? "; and " + more + " more" : "")
                + ": give both nodes the same file, then 'rhizome adjust'";
    }
}
