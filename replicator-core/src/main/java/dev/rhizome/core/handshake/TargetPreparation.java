package dev.rhizome.core.handshake;

import dev.rhizome.core.Node;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.policy.Preparation;
import dev.rhizome.core.policy.TargetSettings;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;

/**
 * What is done before this node's data is replaced: an operator's program is asked, and changes
 * that are about to be discarded are kept elsewhere (INV-21). That takes its time, so the nodes
 * part for it, and the peer's clients wait for nothing; then they meet again.
 */
public final class TargetPreparation {
    private enum Phase {
        /** Nothing has been done. */
        NONE,
        /** It is under way, and the link is not wanted. */
        UNDER_WAY,
        /** It was done for the data of one generation. */
        DONE
    }

    private final Node node;
    private Phase phase = Phase.NONE;
    private long token;
    private long generation = Generations.NONE;
    private boolean kept;

    /**
     * @param node what the parts share
     */
    public TargetPreparation(Node node) {
        this.node = node;
    }

    /**
     * What is wanted before this node becomes a target, for its hello.
     *
     * @param disk what the node says of its disk: half a copy is nothing to lose
     */
    public Preparation wanted(DiskState disk) {
        TargetSettings settings = node.config().target();
        boolean whole = disk.code() > DiskState.INCONSISTENT.code();
        if (node.primary() || !whole) {
            return Preparation.NONE;
        }
        boolean done = phase == Phase.DONE && node.metadata().generations().current() == generation;
        if (settings.asks() && !done) {
            return Preparation.OF_ALL;
        }
        return settings.keeps() && !(done && kept) ? Preparation.OF_DISCARDED : Preparation.NONE;
    }

    /** Whether the link waits for it. */
    public boolean underWay() {
        return phase == Phase.UNDER_WAY;
    }

    /**
     * The nodes part for it.
     *
     * @param agreed what they would do without
     */
    void begin(Decision agreed) {
        node.effects().wantLink(false);
        if (phase == Phase.UNDER_WAY) {
            return;
        }
        phase = Phase.UNDER_WAY;
        token++;
        generation = node.metadata().generations().current();
        kept = node.config().target().keeps() && agreed.rule().splitBrain();
        node.effects().prepareTarget(token, kept, agreed.verdict().full());
    }

    /**
     * It has ended.
     *
     * @param done whether the data may be replaced now
     * @param detail what was done, or why not, for a person
     */
    public void onResult(long answered, boolean done, String detail) {
        if (phase != Phase.UNDER_WAY || answered != token) {
            return;
        }
        phase = done ? Phase.DONE : Phase.NONE;
        node.effects().event(done ? "target-prepared" : "target-not-prepared", detail);
        if (done) {
            wantLinkAgain();
        } else {
            stayApart(detail);
        }
    }

    /** An operator has to see to what is in the way, and connect again. */
    private void stayApart(String why) {
        node.discardMyData(false);
        node.leaving(true);
        if (node.state().connection() != ConnectionState.STAND_ALONE) {
            node.state().connection(ConnectionState.STAND_ALONE, "target-not-prepared", why);
        }
    }

    /** What a Primary's clients change is not what was kept. */
    public void progress() {
        if (phase == Phase.NONE || !node.primary()) {
            return;
        }
        boolean waited = phase == Phase.UNDER_WAY;
        phase = Phase.NONE;
        if (waited) {
            wantLinkAgain();
        }
    }

    private void wantLinkAgain() {
        if (!node.leaving() && !node.isEnding()) {
            node.effects().wantLink(true);
        }
    }
}
