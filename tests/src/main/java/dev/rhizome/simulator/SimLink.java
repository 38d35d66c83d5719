package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The link between the two nodes: in order, delayed, and lost as a whole. It may also fall silent
 * without anybody being told, in one direction or both. It comes back while both want it.
 */
final class SimLink {

    /** One direction and its end. */
    private static final class End {
        boolean wanted;
        boolean up;

        /** What is sent from here gets nowhere. */
        boolean mute;

        /** What is on its way to here is lost. */
        boolean deaf;

        /** What arrives from then on is lost: the stream was cut there, perhaps within a frame. */
        long deafFromNs = Long.MAX_VALUE;

        boolean downIsDue;
        long readyNs;
        long lastArrivalNs;
    }

    private final Scheduler scheduler;
    private final Choices choices;
    private final Swarm swarm;
    private final End[] ends = {new End(), new End()};
    private final SimNode[] nodes = new SimNode[2];
    private long epoch;
    private long bornNs;
    private boolean connecting;
    private long attempt;
    private boolean calm;
    private long partedUntilNs;

    SimLink(Scheduler scheduler, Choices choices, Swarm swarm) {
        this.scheduler = scheduler;
        this.choices = choices;
        this.swarm = swarm;
    }

    void attach(SimNode first, SimNode second) {
        nodes[0] = first;
        nodes[1] = second;
    }

    void calm() {
        calm = true;
        heal();
    }

    /** Nothing keeps the two apart any more. */
    void heal() {
        partedUntilNs = 0;
        connecting = false;
        connectLater();
    }

    /** Whether both ends think that it is up, and frames get through. */
    boolean reallyUp() {
        return ends[0].up && ends[1].up && !ends[0].mute && !ends[1].mute;
    }

    /** Whether what this end sends now can arrive. */
    boolean carries(int from) {
        return ends[from].up && ends[1 - from].up && !ends[from].mute;
    }

    boolean up(int side) {
        return ends[side].up;
    }

    /** Which link it is, counted. */
    long epoch() {
        return epoch;
    }

    /** When it came up. */
    long bornNs() {
        return bornNs;
    }

    void want(int side, boolean wanted) {
        ends[side].wanted = wanted;
        connectLater();
    }

    /** A node is gone: it wants nothing and hears nothing; the peer may or may not be told. */
    void nodeGone(int side, boolean silently) {
        End end = ends[side];
        end.wanted = false;
        end.up = false;
        end.mute = true;
        end.deaf = true;
        if (ends[1 - side].up && !silently) {
            downLater(1 - side, "connection reset", true, choices);
        } else {
            ends[1 - side].mute = true;
        }
    }

    void send(int from, FrameHeader header, @Nullable ByteBuffer body, @Nullable Payload payload) {
        End target = ends[1 - from];
        ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES);
        header.encode(bytes);
        byte[] control = null;
        if (body != null) {
            control = new byte[body.remaining()];
            body.get(control);
        }
        long[] stamps = payload == null ? null : ((StampPool.Stamps) payload).stamps.clone();
        if (!ends[from].up || ends[from].mute) {
            return;
        }
        long arrivalNs =
                Math.max(
                        Math.max(target.readyNs, target.lastArrivalNs),
                        scheduler.nowNs() + swarm.linkNs() / 2 + choices.below(swarm.linkNs()));
        target.lastArrivalNs = arrivalNs;
        long mine = epoch;
        ByteBuffer received = bytes.flip();
        byte[] text = control;
        scheduler.at(
                arrivalNs,
                () -> {
                    if (mine != epoch || !target.up || target.deaf) {
                        return;
                    }
                    if (scheduler.nowNs() >= target.deafFromNs) {
                        // The frame that the cut goes through, and all behind it: none is whole.
                        target.deaf = true;
                        nodes[1 - from].frameCut(received, text, stamps);
                        return;
                    }
                    nodes[1 - from].frameArrived(received, text, stamps);
                });
    }

    /** A node closes it: what it has sent may still arrive, what comes is not heard any more. */
    void close(int side, String reason) {
        if (!ends[side].up) {
            return;
        }
        boolean reachesPeer = !ends[side].mute;
        ends[side].mute = true;
        ends[side].deaf = true;
        downLater(side, reason, false, choices);
        if (reachesPeer && ends[1 - side].up) {
            boolean lost = choices.permille(300);
            downLater(1 - side, "closed by the peer", lost, choices);
        } else {
            ends[1 - side].mute = true;
        }
    }

    /**
     * It breaks, for so long at least; the ends are told sooner or later, or find out by
     * themselves.
     *
     * @param cause how
     * @param own decides the rest
     */
    void cut(Cause cause, long partedNs, Choices own) {
        partedUntilNs = Math.max(partedUntilNs, scheduler.nowNs() + partedNs);
        for (int side = 0; side < 2; side++) {
            if (cause == Cause.HALF_OPEN_LINK) {
                ends[side].mute = own.permille(700) || ends[side].mute;
                continue;
            }
            ends[side].mute = true;
            if (cause == Cause.LINK_CUT && ends[side].up) {
                downLater(side, "connection lost", own.permille(500), own);
            }
        }
    }

    private void downLater(int side, String reason, boolean loseInFlight, Choices own) {
        End end = ends[side];
        end.mute = true;
        if (loseInFlight) {
            long leftNs = Math.max(0, end.lastArrivalNs - scheduler.nowNs());
            long cutNs = scheduler.nowNs() + own.below(leftNs + 1);
            end.deafFromNs = Math.min(end.deafFromNs, cutNs);
        }
        if (end.downIsDue) {
            return;
        }
        end.downIsDue = true;
        long delayNs = own.below(swarm.linkNs() * 4L);
        long atNs = Math.max(scheduler.nowNs() + delayNs, end.readyNs);
        if (!end.deaf) {
            atNs = Math.max(atNs, Math.min(end.lastArrivalNs, end.deafFromNs));
        }
        long mine = epoch;
        scheduler.at(
                atNs,
                () -> {
                    if (mine == epoch && end.up) {
                        end.up = false;
                        nodes[side].linkDown(reason);
                        connectLater();
                    }
                });
    }

    private void connectLater() {
        if (connecting || ends[0].up || ends[1].up || !ends[0].wanted || !ends[1].wanted) {
            return;
        }
        connecting = true;
        long mine = ++attempt;
        long delayNs = 1_000_000 + choices.below(20_000_000L);
        scheduler.at(
                Math.max(scheduler.nowNs() + delayNs, calm ? 0 : partedUntilNs),
                () -> connect(mine));
    }

    private void connect(long mine) {
        if (mine != attempt) {
            return;
        }
        connecting = false;
        if (ends[0].up || ends[1].up || !ends[0].wanted || !ends[1].wanted) {
            return;
        }
        if (!calm && scheduler.nowNs() < partedUntilNs) {
            connectLater();
            return;
        }
        epoch++;
        bornNs = scheduler.nowNs();
        long born = epoch;
        for (int side = 0; side < 2; side++) {
            End end = ends[side];
            end.up = true;
            end.mute = false;
            end.deaf = false;
            end.deafFromNs = Long.MAX_VALUE;
            end.downIsDue = false;
            end.readyNs = scheduler.nowNs() + choices.below((long) swarm.linkNs());
            end.lastArrivalNs = end.readyNs;
            SimNode node = nodes[side];
            scheduler.at(
                    end.readyNs,
                    () -> {
                        if (born == epoch && end.up) {
                            node.linkUp();
                        }
                    });
        }
    }
}
