package dev.rhizome.simulator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Replica;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The checkers. What each node must hold is judged from outside: from what clients were told, and
 * from what is durable in the two superblocks. A node is bound to an acknowledged write unless the
 * other's durable generation is one that it does not know (INV-09).
 */
final class Oracle {
    private final SimNode[] nodes;
    private final SimLink link;
    private final History[] histories = new History[2];
    private final List<ClientRead> reads = new ArrayList<>();

    /** This node has acknowledged writes that the other lacks. */
    private final boolean[] lonely = new boolean[2];

    /** This node's lonely writes are given up, by a policy or an operator. */
    private final boolean[] givenUp = new boolean[2];

    /** This node copies, or has copied last, what a verify has found. */
    private final boolean[] repairs = new boolean[2];

    /** This node may take over this generation at any time: the resync to it is complete. */
    private final long[] mayAdopt = new long[2];

    /** False from a loss of power until the next resync. */
    private final boolean[] intact = {true, true};

    private final SilentCorruption corruption;
    private final boolean fenced;
    private final boolean splits;

    /** The sectors of each node's volume, as they were on record last. */
    private final int[] known = new int[2];

    /** The most sectors that clients were ever shown. */
    private int shown;

    private long clock = 1;
    private long equalAtEpoch = -1;

    Oracle(SimNode[] nodes, SimLink link, Swarm swarm, long[] initialStamps) {
        int sectors = swarm.sectors();
        splits = swarm.splitBrain();
        fenced = swarm.fencing().policy().freezes() && !swarm.splitBrain();
        this.nodes = nodes;
        this.link = link;
        this.corruption = new SilentCorruption(nodes);
        for (int i = 0; i < 2; i++) {
            histories[i] = new History(sectors, initialStamps[i]);
            known[i] = nodes[i].sectors();
        }
    }

    long now() {
        return clock++;
    }

    /** What is wrong on a disk without anybody's fault. */
    SilentCorruption corruption() {
        return corruption;
    }

    /** INV-20: with fencing that has clients wait, one node at most goes on alone. */
    private void ahead(int node) {
        lonely[node] = true;
        if (fenced && lonely[1 - node]) {
            throw new Violation(
                    "INV-20", "both nodes have acknowledged writes that the other lacks");
        }
    }

    boolean lonely(int node) {
        return lonely[node];
    }

    ClientWrite writeBegins(int node, int first, int count, boolean fua, long[] stamps) {
        ClientWrite write = new ClientWrite(node, first, count, fua, stamps, now());
        for (int i = 0; i < 2; i++) {
            histories[i].begin(write);
        }
        for (ClientRead read : reads) {
            read.mayAlsoSee(write);
        }
        return write;
    }

    /** The write was not done, or nobody will ever be told. */
    void writeFailed(ClientWrite write) {
        write.ended = now();
    }

    /** INV-01, INV-02, INV-03, INV-09. */
    void writeAcknowledged(ClientWrite write) {
        write.ended = now();
        for (int i = 0; i < 2; i++) {
            if (!bound(i, write.node)) {
                ahead(1 - i);
                continue;
            }
            histories[i].promise(write);
            if (intact[i]) {
                histories[i].supersede(write);
                requireVisible(i, write);
            }
            if (write.fua) {
                histories[i].supersedeForGood(write);
                requireDurable(i, write.first, write.count);
            }
        }
    }

    /**
     * Whether the node must hold what the Primary acknowledges now: the data that it is served from
     * always; the other unless its own generations prove it to be behind.
     */
    private boolean bound(int node, int primary) {
        boolean served =
                !nodes[primary].servesItself()
                        && nodes[1 - primary].superblock().has(Superblock.Flag.CONSISTENT);
        int holder = served ? 1 - primary : primary;
        return node == holder || knows(node, nodes[holder].superblock().generations().current());
    }

    /** Whether the generation is the node's own, or in its past, or about to be taken over. */
    boolean knows(int node, long generation) {
        Generations own = nodes[node].superblock().generations();
        return own.current() == generation
                || own.history().contains(generation)
                || (mayAdopt(node) && mayAdopt[node] == generation);
    }

    /**
     * A node that has let its disk go before it began to take over never will; nor will one that
     * has died before: what the source has sent it is lost with the link.
     */
    private boolean mayAdopt(int node) {
        Replica replica = nodes[node].replica();
        boolean gone = replica == null || !replica.state().diskAttached();
        long has =
                replica == null
                        ? nodes[node].superblock().generations().current()
                        : replica.superblock().generations().current();
        boolean never = gone && has != mayAdopt[node];
        return mayAdopt[node] != 0 && !never;
    }

    private void requireVisible(int node, ClientWrite write) {
        for (int i = 0; i < write.count; i++) {
            int sector = write.first + i;
            long found = nodes[node].disk().visible(sector);
            if (!histories[node].mayRead(sector, found) && !corruption.covers(sector)) {
                throw new Violation(
                        "INV-01",
                        "an acknowledged write of "
                                + nodes[write.node].name()
                                + " is not on "
                                + nodes[node].name()
                                + found(node, sector, found));
            }
        }
    }

    /** A target that is about to take over a generation flushes before it does. */
    private void requireDurable(int node, int first, int count) {
        long current = nodes[node].superblock().generations().current();
        if (mayAdopt[node] != 0 && mayAdopt[node] != current) {
            return;
        }
        for (int sector = first; sector < first + count; sector++) {
            long found = nodes[node].disk().durable(sector);
            if (!histories[node].mayBeDurable(sector, found) && !corruption.covers(sector)) {
                throw new Violation(
                        "INV-03",
                        "flushed data is not durable on "
                                + nodes[node].name()
                                + found(node, sector, found));
            }
        }
    }

    private String found(int node, int sector, long stamp) {
        return ": sector "
                + sector
                + " holds "
                + Long.toHexString(stamp)
                + ", allowed "
                + histories[node].describe(sector);
    }

    /** INV-03: what was acknowledged before the flush was asked for is durable on both. */
    void flushAcknowledged(int primary, long asked) {
        for (int i = 0; i < 2; i++) {
            // Whoever has gone on by itself has writes that this flush knows nothing of.
            if (splits && i != primary && isPrimary(i)) {
                continue;
            }
            if (bound(i, primary)) {
                histories[i].flushed(asked);
                requireDurable(i, 0, known[i]);
            } else {
                ahead(1 - i);
            }
        }
    }

    private boolean isPrimary(int node) {
        Replica replica = nodes[node].replica();
        return replica != null && replica.state().role() == Role.PRIMARY;
    }

    ClientRead readBegins(int node, int first, int count) {
        ClientRead read = new ClientRead(node, first, count);
        addAllowed(read);
        reads.add(read);
        return read;
    }

    private void addAllowed(ClientRead read) {
        int source = nodes[read.node].servesItself() ? read.node : 1 - read.node;
        for (int i = 0; i < read.count; i++) {
            histories[source].addCurrent(read.first + i, read.allowed.get(i));
        }
    }

    void readFailed(ClientRead read) {
        reads.remove(read);
    }

    /** INV-04. */
    void readAnswered(ClientRead read, long[] stamps) {
        reads.remove(read);
        addAllowed(read);
        for (int i = 0; i < read.count; i++) {
            if (!read.allowed.get(i).contains(stamps[i]) && !corruption.covers(read.first + i)) {
                throw new Violation(
                        "INV-04",
                        "a read on "
                                + nodes[read.node].name()
                                + " of sector "
                                + (read.first + i)
                                + " returned "
                                + Long.toHexString(stamps[i])
                                + ", allowed A "
                                + histories[0].describe(read.first + i)
                                + "/ B "
                                + histories[1].describe(read.first + i));
            }
        }
    }

    /** A node whose data may have suffered a loss of power becomes the one that counts. */
    void counts(int node) {
        if (intact[node]) {
            return;
        }
        intact[node] = true;
        requireDurable(node, 0, known[node]);
        long now = now();
        for (int sector = 0; sector < nodes[node].sectors(); sector++) {
            if (!corruption.covers(sector)) {
                histories[node].settleOn(sector, nodes[node].disk().visible(sector), now);
            }
        }
    }

    /** A node without a disk is served by this one from now on. */
    void servedBy(int node) {
        boolean whole = nodes[node].superblock().has(Superblock.Flag.CONSISTENT);
        if (nodes[node].diskAttached() && whole) {
            counts(node);
        }
    }

    /** A node tells its peer that it is the source: what only the target has would be lost. */
    void syncStarts(int source, boolean resolved, boolean repair) {
        int target = 1 - source;
        repairs[source] = repair;
        // A policy or an operator has given the target's writes up; from its mark on they are gone.
        boolean half = !nodes[target].superblock().has(Superblock.Flag.CONSISTENT);
        givenUp[target] = resolved || (givenUp[target] && half);
        if (lonely[target] && !givenUp[target]) {
            throw new Violation(
                    "INV-10",
                    "a resync would overwrite acknowledged writes of " + nodes[target].name());
        }
        mayAdopt[target] = 0;
        counts(source);
    }

    /** INV-06: what is to be copied, or is not, is settled; it must be all that differs. */
    void syncRecorded(int source) {
        if (givenUp[1 - source]) {
            lonely[1 - source] = false;
        }
        Replica replica = nodes[source].replica();
        if (replica == null) {
            return;
        }
        SimDisk mine = nodes[source].disk();
        SimDisk theirs = nodes[1 - source].disk();
        for (int sector = 0; sector < nodes[source].sectors(); sector++) {
            boolean differs =
                    mine.visible(sector) != theirs.visible(sector)
                            || mine.durable(sector) != theirs.durable(sector);
            long block = (long) sector * nodes[source].sectorBytes() / Limits.BLOCK_BYTES;
            boolean judged = !corruption.covers(sector) || corruption.foundBy() >= 0;
            // A repair begins in step: changes that are under way, or not flushed, are still in the
            // source's log, and become bits should the target be lost.
            judged = judged && !(repairs[source] && mine.logged(sector));
            if (differs && judged && !replica.bitmap().isSet(block)) {
                throw new Violation(
                        "INV-06",
                        "sector "
                                + sector
                                + " differs, and the source "
                                + nodes[source].name()
                                + " does not know it: "
                                + Long.toHexString(mine.visible(sector))
                                + " / "
                                + Long.toHexString(theirs.visible(sector))
                                + ", durable "
                                + Long.toHexString(mine.durable(sector))
                                + " / "
                                + Long.toHexString(theirs.durable(sector)));
            }
        }
    }

    /** A node tells its peer that all blocks are there. */
    void syncFinishes(int source, long generation) {
        int target = 1 - source;
        mayAdopt[target] = generation;
        histories[target].become(histories[source], nodes[source].sectors());
        lonely[source] = false;
        // A target that has lost power since, and its link with it, is not made whole by that.
        intact[target] |= link.carries(source);
    }

    /** A node has decided that both have the same data (INV-12). */
    void equalDecided() {
        if (lonely[0] || lonely[1]) {
            throw new Violation("INV-10", "called equal, but one lacks acknowledged writes");
        }
        boolean bothThere = link.up(0) && link.up(1);
        if (equalAtEpoch == link.epoch() || !bothThere) {
            return;
        }
        equalAtEpoch = link.epoch();
        counts(0);
        counts(1);
        if (!nodes[0].disk().sameAs(nodes[1].disk(), corruption.sector())) {
            throw new Violation("INV-12", "called equal, but the disks differ");
        }
    }

    /** INV-05, at the start: data that another went on from must not be called UpToDate. */
    void attached(int node, DiskState state) {
        long generation = nodes[node].superblock().generations().current();
        boolean overtaken = lonely[1 - node] && !lonely[node] && knows(1 - node, generation);
        if (state == DiskState.UP_TO_DATE && overtaken) {
            throw new Violation(
                    "INV-05",
                    nodes[node].name() + " calls its data UpToDate at attach, the peer has newer");
        }
    }

    void powerLost(int node) {
        intact[node] = false;
        histories[node].powerLost();
    }

    /** A sector that had gone bad is the same on both again: what is there is what counts. */
    private void settleCorruption() {
        corruption.requireMarked();
        if (!corruption.mended()) {
            return;
        }
        int sector = corruption.sector();
        long stamp = nodes[0].disk().visible(sector);
        long now = now();
        for (History history : histories) {
            // Not judged meanwhile: a loss of power, too, may have decided what is left.
            history.settleOn(sector, stamp, now);
        }
        corruption.over();
    }

    /** Clients are served by a volume that is as large as they know it. */
    void serves(int sectors) {
        // Whoever has not heard of a split brain does not know what the other's clients were shown.
        if (sectors < shown && !splits) {
            throw new Violation(
                    "INV-08", "clients knew " + shown + " sectors, and are shown " + sectors);
        }
        shown = sectors;
    }

    /** A size has become durable: what is new there reads as zeroes. */
    private void grown(int node, int sectors) {
        for (int sector = known[node]; sector < sectors; sector++) {
            SimDisk disk = nodes[node].disk();
            if (disk.visible(sector) != 0 || disk.durable(sector) != 0) {
                throw new Violation(
                        "INV-12",
                        "sector "
                                + sector
                                + " is new on "
                                + nodes[node].name()
                                + ", and does not read as zeroes");
            }
        }
        if (sectors < known[node]) {
            throw new Violation("INV-08", nodes[node].name() + " has a smaller volume on record");
        }
        histories[node].renew(known[node], sectors);
        known[node] = sectors;
    }

    /** INV-05, after every event. */
    void afterEvent() {
        settleCorruption();
        for (int i = 0; i < 2; i++) {
            if (nodes[i].sectors() != known[i]) {
                grown(i, nodes[i].sectors());
            }
            if (nodes[i].serving()) {
                serves(Math.max(shown, nodes[i].servedSectors()));
            }
        }
        requireEligible(0, nodes[0].replica());
        requireEligible(1, nodes[1].replica());
        requireReadyPeer(0);
        requireReadyPeer(1);
        if (connectedPrimary(nodes[0].replica())
                && connectedPrimary(nodes[1].replica())
                && link.reallyUp()) {
            throw new Violation("INV-05", "two connected Primaries");
        }
    }

    /**
     * LIV-07: a node whose disk has hung since before the link came up holds up nobody's changes:
     * no handshake begins with it.
     */
    private void requireReadyPeer(int node) {
        Replica replica = nodes[node].replica();
        SimNode peer = nodes[1 - node];
        if (replica != null
                && replica.state().connection() == ConnectionState.NEGOTIATING
                && link.reallyUp()
                && peer.replica() != null
                && peer.diskAttached()
                && peer.disk().hungSinceNs() <= link.bornNs()) {
            throw new Violation(
                    "LIV-07", nodes[node].name() + " negotiates with a peer whose disk hangs");
        }
    }

    private static boolean connectedPrimary(@Nullable Replica replica) {
        return replica != null
                && replica.state().role() == Role.PRIMARY
                && replica.state().connection() == ConnectionState.CONNECTED;
    }

    /**
     * INV-05 at a promotion: half a copy only beside a peer that has all. Should that be lost, the
     * node stays Primary, and answers with errors: nothing it has is served.
     */
    void promoted(int node) {
        Replica replica = nodes[node].replica();
        if (replica != null
                && replica.state().disk() == DiskState.INCONSISTENT
                && !replica.state().peerUpToDate()) {
            throw new Violation("INV-05", nodes[node].name() + " became Primary on half a copy");
        }
        counts(nodes[node].servesItself() ? node : 1 - node);
    }

    /** An old disk that is attached while clients are served by the peer is not what they see. */
    private void requireEligible(int node, @Nullable Replica replica) {
        if (replica == null || replica.state().role() != Role.PRIMARY) {
            return;
        }
        DiskState disk = replica.state().disk();
        boolean servedByPeer = disk == DiskState.OUTDATED && nodes[node].attachedUnderClients();
        if (!servedByPeer && (disk == DiskState.OUTDATED || disk == DiskState.CONSISTENT)) {
            throw new Violation("INV-05", nodes[node].name() + " is Primary on " + disk);
        }
    }

    /** INV-12 and INV-02 at the end: the same on both, and nothing acknowledged is missing. */
    void requireConverged() {
        if (!nodes[0].disk().sameAs(nodes[1].disk())) {
            throw new Violation("INV-12", "both are UpToDate, connected and quiet, but differ");
        }
        for (int i = 0; i < 2; i++) {
            for (int sector = 0; sector < nodes[i].sectors(); sector++) {
                long found = nodes[i].disk().visible(sector);
                if (!histories[i].mayRead(sector, found)) {
                    throw new Violation(
                            "INV-02",
                            "an acknowledged write is lost on "
                                    + nodes[i].name()
                                    + found(i, sector, found));
                }
            }
        }
        if (nodes[0].sectors() != nodes[1].sectors()) {
            throw new Violation("INV-12", "both are connected, but their volumes differ in size");
        }
        Superblock a = nodes[0].superblock();
        Superblock b = nodes[1].superblock();
        if (a.generations().current() != b.generations().current()) {
            throw new Violation("INV-12", "both are UpToDate, but of different generations");
        }
    }
}
