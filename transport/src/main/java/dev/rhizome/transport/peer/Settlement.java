package dev.rhizome.transport.peer;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which of several connections becomes the link. Both nodes listen and dial, so there may be two at
 * once, and one of them may be newer than what the other node still takes for the link.
 *
 * <p>One node, the one whose name sorts first, is the coordinator and alone decides, about one
 * connection at a time: INVITE asks the other which link it has up; OFFER answers; ACCEPT or REFUSE
 * decides; CONFIRM says that the other has made it its link. The next connection is invited only
 * when the one before has ended or is confirmed, so an OFFER never rests on a decision that is
 * still on its way. A connection is refused only if the other node says that it has up the very
 * link that the coordinator has up: hence refusals cannot go on while there is no link, and never
 * two links are up.
 */
final class Settlement {

    /** What a refused connection is told when all is well. */
    static final String SETTLED = "already settled on the other connection";

    /** A connection that has been authenticated. */
    interface Candidate {
        /** Asks the peer what it has up. */
        void invite(long id);

        /** Tells the peer that this one is it. */
        void accept();

        /** Tells the peer why not. */
        void refuse(String reason);
    }

    /** Takes down the link that is up, if one is. */
    interface LinkOwner {
        /** Tells everybody before it returns. */
        void dropLink(String reason);
    }

    private final boolean coordinator;
    private final LinkOwner owner;
    private final LongSupplier ids;
    private final ArrayDeque<Candidate> waiting = new ArrayDeque<>();
    private @Nullable Candidate undecided;
    private long undecidedId;
    private long currentId;

    Settlement(boolean coordinator, LinkOwner owner, LongSupplier ids) {
        this.coordinator = coordinator;
        this.owner = owner;
        this.ids = ids;
    }

    boolean coordinator() {
        return coordinator;
    }

    /** The link that is up, 0 for none. */
    long currentId() {
        return currentId;
    }

    /** Coordinator: a connection is authenticated. */
    void onReady(Candidate candidate) {
        waiting.add(candidate);
        inviteNext();
    }

    private void inviteNext() {
        if (undecided != null) {
            return;
        }
        Candidate next = waiting.poll();
        if (next != null) {
            undecided = next;
            do {
                undecidedId = ids.getAsLong();
            } while (undecidedId == 0 || undecidedId == currentId);
            next.invite(undecidedId);
        }
    }

    /** Coordinator: the peer has said which link it has up, 0 for none. */
    void onOffer(Candidate candidate, long peersCurrentId) {
        if (candidate != undecided) {
            candidate.refuse("the peer made an offer without being asked");
            return;
        }
        if (currentId != 0 && currentId == peersCurrentId) {
            undecided = null;
            candidate.refuse(SETTLED);
            inviteNext();
            return;
        }
        if (currentId != 0) {
            owner.dropLink("the peer has given this link up for a new connection");
        }
        candidate.accept();
    }

    /**
     * Coordinator: the peer has made it its link.
     *
     * @return the link's id, or 0 if nobody asked
     */
    long onConfirm(Candidate candidate) {
        if (candidate != undecided) {
            return 0;
        }
        undecided = null;
        return undecidedId;
    }

    /** The other node: the coordinator has chosen this connection. The old link goes first. */
    void onAccept() {
        if (currentId != 0) {
            owner.dropLink("the peer has replaced this link by a new connection");
        }
    }

    /** A link is up. */
    void onLinkUp(long id) {
        currentId = id;
        inviteNext();
    }

    /** The link is down. */
    void onLinkDown() {
        currentId = 0;
    }

    /** A connection has ended before it was a link. */
    void onGone(Candidate candidate) {
        waiting.remove(candidate);
        if (candidate == undecided) {
            undecided = null;
            inviteNext();
        }
    }
}
