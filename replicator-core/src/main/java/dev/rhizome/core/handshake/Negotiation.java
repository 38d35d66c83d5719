package dev.rhizome.core.handshake;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.command.Commands;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.resize.Resize;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * From a fresh link to an agreement: each node says what it remembers, and both decide by the same
 * table. What is said is durable, and stays so until the decision: writes wait meanwhile.
 */
public final class Negotiation {
    private final Node node;
    private final SyncSource syncSource;
    private final Commands commands;
    private final Resize resize;
    private final SplitBrainNews news;
    private final OptionComparison options;
    private @Nullable Hello sent;
    private @Nullable Hello received;
    private @Nullable HandshakeReport last;
    private boolean wasActive;

    /**
     * @param node what the parts share
     * @param syncSource started when the table says so
     * @param commands told what an operator has asked for, and that a Primary is to give way
     * @param resize told that this node is behind with the volume's size
     */
    public Negotiation(Node node, SyncSource syncSource, Commands commands, Resize resize) {
        this.resize = resize;
        this.node = node;
        this.news = new SplitBrainNews(node);
        this.options = new OptionComparison(node);
        this.syncSource = syncSource;
        this.commands = commands;
    }

    /** The last handshake that was decided since the start; null if none was. */
    public @Nullable HandshakeReport last() {
        return last;
    }

    /** What the two nodes' configurations say. */
    public OptionComparison options() {
        return options;
    }

    /** A link is up, and both disks have answered. */
    public void begin() {
        sent = null;
        received = null;
        node.state().connection(ConnectionState.NEGOTIATING, "link-up", "talking to the peer");
        wasActive = node.metadata().superblock().has(Flag.ACTIVE);
        if (node.state().diskAttached() && !node.tentative()) {
            node.metadata().update(Flag.ACTIVE, true);
        }
    }

    /** The link is gone. */
    public void onLinkDown() {
        sent = null;
        received = null;
    }

    /** The peer's hello. */
    public void onHello(ByteBuffer body) {
        Hello hello = HelloCodec.decode(body);
        if (hello == null || received != null) {
            node.protocolError(hello == null ? "a hello that is none" : "a second hello");
            return;
        }
        if (!hello.node().equals(node.config().peer())) {
            node.protocolError("the peer calls itself '" + hello.node() + "'");
            return;
        }
        received = hello;
        node.peerHello(hello);
        node.continuity().onPeer(hello.flags());
    }

    /**
     * Says hello once nothing of an earlier link is under way, and decides once both have.
     *
     * @param quiet whether all I/O of the earlier link has ended (INV-13)
     */
    public void progress(boolean quiet) {
        if (node.state().connection() != ConnectionState.NEGOTIATING || node.closing()) {
            return;
        }
        boolean settled = node.metadata().idle() || !node.metadata().usable();
        if (sent == null && quiet && settled) {
            options.send();
            sent = node.hello();
            node.sendControl(FrameType.HELLO, 0, 0, HelloCodec.encode(sent, node.control()));
        }
        if (sent != null && received != null) {
            decide(sent, received);
        }
    }

    private void decide(Hello self, Hello peer) {
        Decision decision = HandshakeTable.decide(self, peer);
        String rule = decision.rule().label();
        String meaning = decision.meaning(node.config().resource());
        HandshakeReport report =
                new HandshakeReport(
                        decision,
                        meaning,
                        self,
                        peer,
                        node.size().volumeBytes() / Limits.BLOCK_BYTES,
                        node.nowNs());
        last = report;
        node.effects().event("handshake", report.line());
        if (self.flags().tentative() || peer.flags().tentative()) {
            endTentative(self, report);
            return;
        }
        news.tell(report);
        forgetOperatorsWord(decision);
        switch (decision.verdict()) {
            case NO_SYNC -> {
                connected(decision, meaning, peer);
                establish(decision.rule(), meaning, peer);
            }
            case SOURCE_BITMAP, SOURCE_FULL -> {
                connected(decision, meaning, peer);
                becomeUpToDate(rule, meaning, false);
                syncSource.start(rule, meaning, decision.verdict().full());
            }
            case TARGET_BITMAP, TARGET_FULL -> {
                connected(decision, meaning, peer);
                awaitSource(rule, meaning);
            }
            case DISCONNECT -> part(rule, meaning);
            case RETRY, AWAIT_DEMOTION -> {
                tryAgain(meaning);
                if (decision.rule() == HandshakeRule.SIZE_BEHIND_SELF) {
                    resize.catchUp(peer.volumeBytes());
                } else if (decision.rule() == HandshakeRule.TARGET_PREPARES_SELF) {
                    node.preparation().begin(HandshakeTable.agree(self, peer));
                }
            }
            case DEMOTE -> {
                tryAgain(meaning);
                commands.giveWay(meaning);
            }
        }
    }

    /** It counts for one agreement, or until the nodes part; a target's until it is marked. */
    private void forgetOperatorsWord(Decision decision) {
        boolean over = decision.verdict().agreed() || decision.verdict() == Verdict.DISCONNECT;
        boolean beingUsed =
                decision.verdict().target() && decision.resolution() == Resolution.DISCARD_MY_DATA;
        if (over && !beingUsed) {
            node.discardMyData(false);
        }
    }

    /** An operator has only asked: nothing durable is changed by it, here or there. */
    private void endTentative(Hello self, HandshakeReport report) {
        if (self.flags().tentative()) {
            commands.onForecast(report.forecast());
        } else {
            node.closeLink("the peer has only asked what would be decided");
        }
        if (!wasActive && node.state().diskAttached()) {
            node.metadata().update(Flag.ACTIVE, false);
        }
    }

    private void connected(Decision decision, String meaning, Hello peer) {
        String rule = decision.rule().label();
        node.state().connection(ConnectionState.CONNECTED, rule, meaning);
        node.state().peerRole(peer.role(), rule, meaning);
        node.state().peerDisk(peer.disk(), rule, meaning);
        node.peerGeneration(peer.generations().current());
        node.pause().onConnected();
        node.fencing().onConnected();
        node.sizeOfPeer(peer);
    }

    private void part(String rule, String meaning) {
        sayGoodbye(meaning);
        node.effects().wantLink(false);
        node.leaving(true);
        node.state().connection(ConnectionState.STAND_ALONE, rule, meaning);
        node.closeLink(meaning);
    }

    private void tryAgain(String meaning) {
        sayGoodbye(meaning);
        node.closeLink(meaning);
    }

    private void sayGoodbye(String meaning) {
        node.sendControl(FrameType.GOODBYE, 0, 0, HelloCodec.encodeText(meaning, node.control()));
    }

    private void establish(HandshakeRule rule, String meaning, Hello peer) {
        String label = rule.label();
        node.state().replication(ReplicationState.ESTABLISHED, label, meaning);
        if (rule == HandshakeRule.EQUAL) {
            boolean whole = node.state().disk().code() > DiskState.INCONSISTENT.code();
            if (whole) {
                becomeUpToDate(label, meaning, true);
                node.state().peerDisk(DiskState.UP_TO_DATE, label, meaning);
                node.cover().peerMayHaveCurrent();
            }
        }
        if (rule == HandshakeRule.DISKLESS && hasAllThatClientsSaw(peer)) {
            becomeUpToDate(
                    label, "the Primary has no disk, and this data is what it showed", false);
            node.sendState();
        }
        if (node.primary() && !node.state().diskAttached()) {
            node.sendState();
        }
    }

    /** The table lets a Primary without a disk meet only data that it has shown, or its heirs. */
    private boolean hasAllThatClientsSaw(Hello peer) {
        return peer.role() == Role.PRIMARY
                && peer.disk() == DiskState.DISKLESS
                && node.state().disk() == DiskState.CONSISTENT
                && !node.metadata().superblock().has(Flag.CRASHED);
    }

    private void becomeUpToDate(String rule, String reason, boolean settled) {
        Superblock changed = node.metadata().superblock().with(Flag.WAS_UP_TO_DATE, true);
        if (settled) {
            changed =
                    changed.with(Flag.PEER_OUTDATED, false)
                            .with(Flag.CRASHED, false)
                            .with(Flag.CRASHED_PRIMARY, false)
                            .with(Flag.PROMOTED_ALONE, false)
                            .with(changed.generations().peerHasCurrent());
        }
        node.metadata().update(changed);
        node.state().disk(DiskState.UP_TO_DATE, rule, reason);
    }

    /** The peer has newer data: this node's is known to be old from now on. */
    private void awaitSource(String rule, String meaning) {
        if (node.state().disk().code() > DiskState.OUTDATED.code()) {
            node.metadata().update(Flag.WAS_UP_TO_DATE, false);
            node.state().disk(DiskState.OUTDATED, rule, meaning);
        }
        node.state().replication(ReplicationState.STARTING_SYNC_TARGET, rule, meaning);
    }
}
