package dev.rhizome.core.fencing;

import dev.rhizome.core.Node;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import org.jspecify.annotations.Nullable;

/**
 * Before a node goes on without its peer, it is seen to that the peer does not: {@code fence-peer}
 * is asked, by a Primary that has lost its peer and before a promotion without one. One question at
 * a time; an answer to one of before the last agreement counts no more. When both nodes have the
 * same again, {@code unfence-peer} takes it back.
 */
public final class Fencing {

    private enum Question {
        NONE,
        FENCE,
        UNFENCE
    }

    private final Node node;
    private final FencingSettings settings;
    private Question underWay = Question.NONE;
    private long token;
    private long epoch;
    private long askedInEpoch;
    private long notBeforeNs;
    private long lostNs;
    private boolean unfenceDue;
    private boolean promoting;
    private boolean goOnUnfenced;
    private String problem = "";

    /** The peer was Primary when it was lost, and nobody has been since. */
    private boolean lostPrimary;

    /** The peer has not been fenced since it was lost, and had all then. */
    private boolean due;

    /** A change that waits may be on this node's disk, and not on the peer's. */
    private boolean unmirrored;

    /** Why this node's data is to count as old; null if it is not. */
    private @Nullable String outdateDue;

    /**
     * @param node what the parts share
     */
    public Fencing(Node node) {
        this.node = node;
        this.settings = node.config().fencing();
        // What a process of before was granted is given back, too.
        this.unfenceDue = settings.policy() == FencingPolicy.WITNESS;
    }

    /** Whether clients wait until the peer is fenced. */
    public boolean frozen() {
        return settings.policy().freezes() && node.primary() && peerMayGoOn();
    }

    /**
     * Whether the peer may have all that this node has, and be promoted with it: nothing is known
     * of it, and it is not on record that it lacks something.
     */
    private boolean peerMayGoOn() {
        return settings.policy().asks()
                && !goOnUnfenced
                && !node.connected()
                && node.state().diskUpToDate()
                && node.state().peerDisk() == DiskState.UNKNOWN
                && (due || node.cover().peerMayHaveIt());
    }

    /** A change is begun again later, although it may be on this node's disk by now. */
    public void waits(boolean change) {
        unmirrored |= change;
    }

    /**
     * Whether what waits, or has waited in vain, may be on this node's disk alone: then two nodes
     * of one generation do not have the same, as after a crash. A new generation would say so, too;
     * but if the peer goes on meanwhile, it would make a split brain of nothing.
     */
    public boolean unmirrored() {
        return unmirrored && node.state().diskAttached();
    }

    /** Why the last question has led to nothing, for a person; empty if it has not. */
    public String problem() {
        return problem;
    }

    /**
     * The link is gone.
     *
     * @param peerWasPrimary whether the peer was Primary until then
     */
    public void onLinkDown(boolean peerWasPrimary) {
        lostPrimary |= peerWasPrimary;
        // Clients that are served meanwhile may soon have it on record that the peer lacks
        // something.
        due = node.cover().peerMayHaveIt();
        lostNs = node.nowNs();
        notBeforeNs = promoting ? promotionNs() : node.nowNs();
        goOnUnfenced = false;
    }

    /** The nodes have agreed: what was asked before counts no more. */
    public void onConnected() {
        epoch++;
        due = false;
        problem = "";
        goOnUnfenced = false;
        outdateDue = null;
    }

    /** An operator has the node go on although the peer is not known to be fenced. */
    public void goOnUnfenced() {
        goOnUnfenced = true;
        problem = "";
    }

    // ---- promotion

    /**
     * Whether a promotion without the peer needs an answer first, and could use one. Data that is
     * only Consistent is not made the newest by any: that the peer is fenced now does not say what
     * it has done before.
     */
    public boolean neededForPromotion() {
        return !node.primary() && peerMayGoOn();
    }

    /** Asks for a promotion. */
    public void beginPromotion() {
        promoting = true;
        problem = "";
        notBeforeNs = promotionNs();
        progress();
    }

    /**
     * When to ask for a promotion. A witness is not asked before a Primary whose link has been cut
     * must have noticed: it would answer reads with what is not the newest any more. A link that
     * was only about to come up counts as well: our hello may wait on the other side.
     */
    private long promotionNs() {
        boolean waits = settings.policy() == FencingPolicy.WITNESS;
        return waits ? lostNs + 2 * node.config().pingTimeoutNs() : node.nowNs();
    }

    /** The promotion has ended, or goes on without an answer. */
    public void endPromotion() {
        promoting = false;
    }

    // ---- questions

    /** Asks what is to be asked. */
    public void progress() {
        noteRoles();
        unmirrored &= !inStep();
        outdateIfDue();
        if (underWay != Question.NONE || node.isEnding()) {
            return;
        }
        boolean lost = (node.primary() && peerMayGoOn()) || (promoting && neededForPromotion());
        boolean may = node.nowNs() >= notBeforeNs;
        if (lost && may && (!promoting || problem.isEmpty())) {
            ask(Question.FENCE);
            unfenceDue = true;
        } else if (unfenceDue && may && inStep()) {
            ask(Question.UNFENCE);
        }
    }

    private boolean inStep() {
        return node.replicationEstablished()
                && node.state().diskUpToDate()
                && node.state().peerUpToDate();
    }

    private void ask(Question question) {
        underWay = question;
        askedInEpoch = epoch;
        token++;
        if (question == Question.FENCE) {
            String whom = settings.policy() == FencingPolicy.WITNESS ? "the witness" : "fence-peer";
            node.effects().event("fence-peer", "asking " + whom + " whether the peer is fenced");
            node.effects().fencePeer(token, node.metadata().generations().current());
        } else {
            node.effects().unfencePeer(token);
        }
    }

    /**
     * An answer has come.
     *
     * @param exitCode of {@code fence-peer} or {@code unfence-peer}, or what stands for it
     * @param detail more about it for a person; may be empty
     */
    public void onResult(long answered, int exitCode, String detail) {
        if (answered != token || underWay == Question.NONE) {
            return;
        }
        Question question = underWay;
        underWay = Question.NONE;
        notBeforeNs = node.nowNs();
        if (question == Question.UNFENCE) {
            unfenced(exitCode, detail);
        } else if (askedInEpoch != epoch) {
            node.effects().event("fence-peer-late", "the nodes have agreed meanwhile");
        } else {
            fenced(FenceRule.of(exitCode, node.state().diskUpToDate()), exitCode, detail);
        }
    }

    private void unfenced(int exitCode, String detail) {
        if (exitCode == 0) {
            unfenceDue = askedInEpoch != epoch && unfenceDue;
            return;
        }
        if (inStep()) {
            notBeforeNs = node.nowNs() + settings.retryNs();
        }
        node.effects()
                .event("unfence-peer-failed", "unfence-peer ended with " + exitCode + tail(detail));
    }

    private static String tail(String detail) {
        return detail.isEmpty() ? "" : ": " + detail;
    }

    private void fenced(FenceRule rule, int exitCode, String detail) {
        String meaning =
                rule == FenceRule.NO_ANSWER
                        ? rule.meaning() + " (" + exitCode + ")" + tail(detail)
                        : rule.meaning() + tail(detail);
        if (node.connected()) {
            return;
        }
        DiskState peerDisk = rule.peerDisk();
        if (peerDisk != null) {
            problem = "";
            node.state().peerDisk(peerDisk, rule.label(), meaning);
            return;
        }
        notBeforeNs = node.nowNs() + settings.retryNs();
        problem = meaning;
        node.effects().event(rule.label(), meaning);
        if (rule == FenceRule.PEER_IS_PRIMARY) {
            outdateDue = meaning;
        }
    }

    /**
     * The peer has gone on: this node's data is old. A Primary ceases to be one before (INV-05).
     */
    private void outdateIfDue() {
        String meaning = outdateDue;
        if (meaning == null || node.primary()) {
            return;
        }
        outdateDue = null;
        if (node.state().disk().code() > DiskState.OUTDATED.code() && node.state().diskAttached()) {
            node.metadata().update(Flag.WAS_UP_TO_DATE, false);
            node.state().disk(DiskState.OUTDATED, FenceRule.PEER_IS_PRIMARY.label(), meaning);
        }
    }

    /** Whether this Primary must cease to be one: the peer goes on without it. */
    public boolean outdone() {
        return outdateDue != null && node.primary();
    }

    /** Whether a Secondary that has lost its Primary is to take over by itself. */
    public boolean takesOver() {
        if (!lostPrimary || !settings.autoPromote() || node.nowNs() < notBeforeNs) {
            return false;
        }
        boolean alone = neededForPromotion() && !node.leaving();
        boolean back = inStep() && node.state().peerRole() == Role.SECONDARY;
        return node.state().role() == Role.SECONDARY && !promoting && (alone || back);
    }

    private void noteRoles() {
        boolean somebody = node.primary() || node.state().peerRole() == Role.PRIMARY;
        lostPrimary &= !somebody;
    }

    /** When {@link #progress} has something to do next; Long.MAX_VALUE if never. */
    public long deadlineNs() {
        return notBeforeNs > node.nowNs() ? notBeforeNs : Long.MAX_VALUE;
    }
}
