package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The link of a {@link Pair}: in order, with one fixed delay; it breaks when it is told to. */
final class PairLink {
    private static final long DELAY_NS = 100_000;
    private static final long CONNECT_NS = 1_000_000;

    private static final class End {
        boolean wanted;
        boolean up;
        boolean deaf;
        boolean downIsDue;
        long lastArrivalNs;
        int statedVersion;
        final Deque<LinkFrame> held = new ArrayDeque<>();
        boolean holding;
    }

    private final Scheduler scheduler;
    private final PairShell[] shells;
    private final End[] ends = {new End(), new End()};
    private final Set<Integer> copied = new TreeSet<>();
    private @Nullable Trap trap;
    private boolean parted;
    private boolean broken;
    private boolean connecting;
    private long epoch;
    private int inFlight;

    PairLink(Scheduler scheduler, PairShell[] shells) {
        this.scheduler = scheduler;
        this.shells = shells;
    }

    boolean reallyUp() {
        return ends[0].up && ends[1].up && !broken;
    }

    boolean down() {
        return !ends[0].up && !ends[1].up;
    }

    boolean quiet() {
        return inFlight == 0;
    }

    boolean holding() {
        return ends[0].holding || ends[1].holding;
    }

    /** The blocks that were sent since the last SYNC_START. */
    Set<Integer> copied() {
        return copied;
    }

    /** The blocks of a resync that are kept back. */
    Set<Integer> heldBlocks() {
        Set<Integer> blocks = new TreeSet<>();
        for (End end : ends) {
            end.held.forEach(frame -> frame.addBlocksTo(blocks));
        }
        return blocks;
    }

    void trap(Trap set) {
        trap = set;
    }

    boolean trapped() {
        return trap == null;
    }

    /** What a node's hello tells of the protocol's version, whatever it really speaks. */
    void stateVersion(int side, int version) {
        ends[side].statedVersion = version;
    }

    // ---- up and down

    void want(int side, boolean wanted) {
        ends[side].wanted = wanted;
        connectLater();
    }

    void heal() {
        parted = false;
        connectLater();
    }

    /** What is on its way is lost, and both are told. */
    void cut() {
        parted = true;
        epoch++;
        inFlight = 0;
        breakAt(scheduler.nowNs());
    }

    private void breakAt(long atNs) {
        broken = true;
        for (int side = 0; side < 2; side++) {
            downAt(side, atNs, "connection lost");
        }
    }

    void close(int side, String reason) {
        if (ends[side].up) {
            broken = true;
            ends[side].deaf = true;
            downAt(side, scheduler.nowNs() + DELAY_NS, reason);
            downAt(1 - side, scheduler.nowNs() + 2 * DELAY_NS, "closed by the peer");
        }
    }

    /** What a node has sent before its end still arrives. */
    void nodeGone(int side) {
        ends[side].wanted = false;
        ends[side].up = false;
        broken = true;
        downAt(1 - side, scheduler.nowNs() + 2 * DELAY_NS, "connection reset");
    }

    private void downAt(int side, long atNs, String reason) {
        End end = ends[side];
        end.held.clear();
        end.holding = false;
        if (!end.up || end.downIsDue) {
            return;
        }
        end.downIsDue = true;
        scheduler.at(
                atNs,
                () -> {
                    end.downIsDue = false;
                    if (end.up) {
                        end.up = false;
                        shells[side].linkDown(reason);
                    }
                    connectLater();
                });
    }

    private boolean mayConnect() {
        boolean wanted = ends[0].wanted && ends[1].wanted;
        return wanted && down() && !parted && !ends[0].downIsDue && !ends[1].downIsDue;
    }

    private void connectLater() {
        if (!connecting && mayConnect()) {
            connecting = true;
            scheduler.after(CONNECT_NS, this::connect);
        }
    }

    private void connect() {
        connecting = false;
        if (!mayConnect()) {
            return;
        }
        epoch++;
        inFlight = 0;
        broken = false;
        for (int side = 0; side < 2; side++) {
            ends[side].up = true;
            ends[side].deaf = false;
            ends[side].lastArrivalNs = scheduler.nowNs();
        }
        shells[0].linkUp();
        shells[1].linkUp();
    }

    // ---- frames

    void send(int from, FrameHeader header, @Nullable ByteBuffer body, @Nullable Payload payload) {
        if (broken || !ends[from].up) {
            return;
        }
        LinkFrame frame = new LinkFrame(header, body, payload);
        if (ends[from].statedVersion > 0) {
            frame.stateVersion(ends[from].statedVersion);
        }
        Trap set = trap;
        if (set == null || !set.matches(header.type())) {
            transmit(from, frame);
        } else if (set.countdown() > 1) {
            trap = set.next();
            transmit(from, frame);
        } else {
            trap = null;
            spring(set.action(), from, frame);
        }
    }

    private void spring(Trap.Action action, int from, LinkFrame frame) {
        switch (action) {
            case HOLD -> {
                ends[from].holding = true;
                transmit(from, frame);
            }
            case LOSE -> {
                parted = true;
                breakAt(scheduler.nowNs() + 2 * DELAY_NS);
            }
            case CUT_AFTER -> {
                transmit(from, frame);
                parted = true;
                breakAt(scheduler.nowNs() + 2 * DELAY_NS);
            }
        }
    }

    void release() {
        for (int from = 0; from < 2; from++) {
            ends[from].holding = false;
            while (!ends[from].held.isEmpty()) {
                transmit(from, ends[from].held.remove());
            }
        }
    }

    private void transmit(int from, LinkFrame frame) {
        if (ends[from].holding) {
            ends[from].held.add(frame);
            return;
        }
        if (frame.type() == FrameType.SYNC_START) {
            copied.clear();
        }
        frame.addBlocksTo(copied);
        End target = ends[1 - from];
        target.lastArrivalNs = Math.max(target.lastArrivalNs, scheduler.nowNs() + DELAY_NS);
        long mine = epoch;
        inFlight++;
        scheduler.at(
                target.lastArrivalNs,
                () -> {
                    if (mine == epoch) {
                        inFlight--;
                        if (target.up && !target.deaf) {
                            frame.arriveAt(shells[1 - from]);
                        }
                    }
                });
    }
}
