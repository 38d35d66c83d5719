package dev.rhizome.core.request;

import dev.rhizome.core.Payload;
import org.jspecify.annotations.Nullable;

/** One client request: a pooled slot, filled and emptied many times. */
final class ClientRequest {

    /** How far a read that the local disk has failed is repaired. */
    enum Repair {
        /** Nothing is repaired. */
        NONE,
        /** The peer is asked for what the disk should have. */
        FETCHING,
        /** That is written back. */
        REWRITING
    }

    /** Where a request is in its life (docs/architecture.md). */
    enum Stage {
        /** The slot is not used. */
        FREE,
        /** Waits for an overlapping change or resync block to end. */
        WAITING_RANGE,
        /** Waits until the peers have agreed or the unclean mark is durable. */
        HELD,
        /** Waits until its extents are active, durably. */
        WAITING_LOG,
        /** One or two legs are under way. */
        IN_FLIGHT,
        /** Its legs have ended; what makes up for a lost one is not durable yet. */
        WAITING_COVER
    }

    final int slot;
    int use;
    Stage stage = Stage.FREE;
    Operation operation = Operation.READ;
    boolean fua;
    long offsetBytes;
    long lengthBytes;
    @Nullable Payload payload;
    @Nullable Completion completion;
    long token;

    boolean localPending;
    boolean peerPending;

    /** For a FLUSH: how many of the writes that the peer has acknowledged it makes durable. */
    long flushCovers;

    /** For a FLUSH: it is the one that counts for the unflushed set. */
    boolean counts;

    /** For a change: it holds its extents of the activity log. */
    boolean logged;

    /** Of which attachment of the disk the log is that it holds extents of, or counts in. */
    int attachment;

    Repair repair = Repair.NONE;

    /** The local disk has failed it, and that is the answer, whatever the peer has done. */
    boolean passedOn;

    /** Its legs ended for a reason that passes: it is begun again. */
    boolean retry;

    /** How often the peer had been lost when it began. */
    long peerLosses;

    /** The flush after a TRIM or ZERO with FUA has been asked for. */
    boolean flushedAfter;

    /** The local disk was UpToDate when it began: its leg alone can do the job. */
    boolean localCounts;

    /** At least one leg has done the whole job. */
    boolean done;

    /** The peer does not have it: the generation must say so before the answer (INV-09). */
    boolean peerLacksIt;

    /** The local disk does not have it: the peer's generation must say so before the answer. */
    boolean localLacksIt;

    IoStatus failure = IoStatus.IO_ERROR;
    long peerDeadlineNs;

    /** When the peer was asked. */
    long peerAskedNs;

    /** When it came. */
    long submittedNs;

    /** It came while no resync was to be felt. */
    boolean calm;

    ClientRequest(int slot) {
        this.slot = slot;
    }

    /** The id on the wire: slot and use, so that a late answer to an earlier use is noticed. */
    long wireId() {
        return (long) slot << 32 | (use & 0xFFFFFFFFL);
    }

    /** Whether it writes to the local disk, so that the log must hold its extents. */
    boolean isLogged() {
        return operation.changes() || repair == Repair.REWRITING;
    }

    /** Whether it holds the lock of its range. */
    boolean holdsRange() {
        return operation.changes() || repair != Repair.NONE;
    }

    /**
     * Whether something must be on record before the answer: what a leg has missed; or that nobody
     * can tell what the only good disk holds where a change has failed.
     */
    boolean needsCover() {
        return passedOn ? operation.changes() && localCounts : peerLacksIt || localLacksIt;
    }

    /** Nothing of it is done; its range stays locked. */
    void beginAgain() {
        passedOn = false;
        failure = IoStatus.IO_ERROR;
        retry = false;
        done = false;
        logged = false;
        counts = false;
        flushedAfter = false;
        peerLacksIt = false;
        localLacksIt = false;
    }

    boolean legsPending() {
        return localPending || peerPending;
    }

    void clear() {
        use++;
        stage = Stage.FREE;
        payload = null;
        completion = null;
        localPending = false;
        peerPending = false;
        beginAgain();
        repair = Repair.NONE;
    }
}
