package dev.rhizome.replicator;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Replica;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.request.Volume;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.transport.peer.PeerLink;
import dev.rhizome.transport.peer.PeerLinkHandler;
import dev.rhizome.uring.DiskCompletion;
import dev.rhizome.uring.DiskQueue;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries between the engine and its disk, link and clients; decides nothing. All on one event loop
 * without a hand-off: an input runs the engine, answers to clients follow, and at the end of a
 * batch of inputs the disk queue is submitted and the link flushed, once.
 */
final class Shell implements Effects, PeerLinkHandler, DiskCompletion, Volume {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);

    /** What the shell tells its owner of. */
    interface Owner {
        /** The link shall be tried, or not. */
        void wantLink(boolean wanted);

        /** Clients shall be served, or no longer. */
        void serve(boolean serving, boolean continued);

        /** No client of before shall be left; answered by {@link Shell#clientsDismissed}. */
        void dismissClients();

        /** The disk was let go and owes no answer: it is to be closed. */
        void releaseDisk();

        /** The peer must not go on alone; answered by {@link Shell#fenced}. */
        void fencePeer(long token, long generation);

        /** The peer may again; answered by the same. */
        void unfencePeer(long token);

        /** What comes before this node's data is replaced; answered by {@link Shell#prepared}. */
        void prepareTarget(long token, boolean keep, boolean whole);

        /** One of the operator's programs is to be called. */
        void callHandler(Handler handler);

        /** The disk shall take a step towards a larger volume; answered by {@link Shell#grown}. */
        void growDisk(
                long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero);

        /** The volume is larger now. */
        void resized(long volumeBytes);

        /** A command has been answered. */
        void commandDone(long token, CommandResult result);

        /** The engine has ended in order. */
        void closed();

        /** A bug: our own state is wrong. */
        void broken(Throwable bug);

        /** The journal has events that the listeners have not been told. */
        void eventsHappened();

        /** The timer has run. */
        void ticked(long nowNs);
    }

    private final EventLoop loop;
    private final DiskQueue queue;
    private final DiskSide disk;
    private final Turn turn;
    private final EventJournal journal;
    private final Owner owner;
    private final Completions completions = new Completions();
    private final Runnable endBatch = this::endBatch;
    private final Alarm alarm;
    private final VolumeGeometry geometry;
    private volatile long volumeBytes;
    private @Nullable Replica replica;
    private @Nullable PeerLink link;
    private Runnable device = () -> {};
    private boolean inEngine;
    private boolean settling;
    private boolean batchDue;
    private boolean broken;

    Shell(
            EventLoop loop,
            DiskQueue queue,
            DiskSide disk,
            Turn turn,
            EventJournal journal,
            VolumeGeometry geometry,
            Owner owner) {
        this.loop = loop;
        this.queue = queue;
        this.disk = disk;
        this.turn = turn;
        this.journal = journal;
        this.geometry = geometry;
        volumeBytes = geometry.volumeBytes();
        this.owner = owner;
        alarm = new Alarm(loop, this::tick);
    }

    // ---- inputs

    /** Starts the engine. */
    void start(Replica engine) {
        replica = engine;
        input(r -> r.start(now()));
    }

    /** Runs one input that may allocate: commands, link changes, the timer. */
    private void input(Consumer<Replica> what) {
        Replica engine = replica;
        if (engine == null || broken) {
            return;
        }
        if (inEngine) {
            turn.later(() -> input(what));
            return;
        }
        inEngine = true;
        try {
            what.accept(engine);
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
        leave();
    }

    /** The engine has returned, or thrown. */
    private void leave() {
        inEngine = false;
        settle();
        scheduleBatchEnd();
    }

    /** What hands a device's answers to the kernel at the end of a batch. */
    void device(Runnable submit) {
        device = submit;
    }

    void command(long token, CommandKind kind) {
        input(r -> r.command(now(), token, kind));
    }

    /** A disk was opened and read; whether it is attached now. Not from inside the engine. */
    boolean attach(long token, AttachedMetadata found) {
        boolean[] attached = new boolean[1];
        input(r -> attached[0] = r.attach(now(), token, found));
        return attached[0];
    }

    void adjust(ReplicaConfig wanted) {
        input(r -> r.adjust(now(), wanted));
    }

    void verify(long token, VerifyOrder order) {
        input(r -> r.verify(now(), token, order));
    }

    void resize(long token, ResizeRequest request) {
        input(r -> r.resize(now(), token, request));
    }

    /** A step of the disk has ended. */
    void grown(long token, DiskGrowth result) {
        input(r -> r.diskGrown(now(), token, result));
    }

    /** What has come of it. */
    void fenced(long token, int exitCode, String detail) {
        input(r -> r.fenceResult(now(), token, exitCode, detail));
    }

    /** What was to be done before this node's data is replaced has ended. */
    void prepared(long token, boolean done, String detail) {
        input(r -> r.targetPrepared(now(), token, done, detail));
    }

    /** The clients of before are gone; or why some are left. */
    void clientsDismissed(String problem) {
        input(r -> r.clientsDismissed(now(), problem));
    }

    /** Lets the engine see whether something has become possible, or is overdue. */
    void tick() {
        input(r -> r.tick(now()));
        if (replica != null) {
            guarded(() -> owner.ticked(now()));
        }
    }

    /** Runs a task of the event loop: what escapes from it must not end in the loop's log. */
    void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
    }

    /** Nothing more goes in or out: the disk queue and the link are about to be closed. */
    void end() {
        replica = null;
        alarm.stop();
    }

    /** The disk queue has completions. */
    void onDiskReadable() {
        if (replica == null) {
            return;
        }
        try {
            queue.reap(this);
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
        endBatch();
    }

    @Override
    public void completed(long token, int result) {
        Replica engine = replica;
        if (engine == null || broken) {
            return;
        }
        inEngine = true;
        try {
            if (DiskSide.isMetadata(token)) {
                boolean whole = disk.metadataWritten(result);
                engine.metadataDone(now(), DiskSide.metadataToken(token), whole);
            } else {
                engine.diskDone(now(), token, disk.status(token, result));
            }
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
        inEngine = false;
        settle();
    }

    @Override
    public void submit(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {
        Replica engine = replica;
        if (engine == null || broken) {
            refuse(payload, completion, token);
            return;
        }
        if (inEngine) {
            turn.later(
                    () ->
                            submit(
                                    operation,
                                    fua,
                                    offsetBytes,
                                    lengthBytes,
                                    payload,
                                    completion,
                                    token));
            return;
        }
        inEngine = true;
        try {
            engine.submit(
                    now(), operation, fua, offsetBytes, lengthBytes, payload, completion, token);
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
        leave();
    }

    private void refuse(@Nullable Payload payload, Completion completion, long token) {
        if (payload != null) {
            payload.release();
        }
        completions.add(completion, token, IoStatus.SHUTTING_DOWN, null);
        settle();
    }

    @Override
    public void onLinkUp(PeerLink up) {
        link = up;
        input(r -> r.linkUp(now()));
    }

    @Override
    public void onLinkDown(PeerLink down, String reason) {
        if (link == down) {
            link = null;
            input(r -> r.linkDown(now(), reason));
        }
    }

    @Override
    public void onAttemptFailed(String reason) {
        input(r -> r.linkAttemptFailed(now(), reason));
    }

    @Override
    public void onFrame(
            PeerLink from,
            FrameHeader header,
            @Nullable ByteBuffer controlBody,
            @Nullable Payload payload) {
        Replica engine = replica;
        if (engine == null || broken || link != from) {
            if (payload != null) {
                payload.release();
            }
            return;
        }
        inEngine = true;
        try {
            engine.frame(now(), header, controlBody, payload);
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
        leave();
    }

    @Override
    public void onReadComplete(PeerLink from) {
        endBatch();
    }

    @Override
    public void onBug(Throwable bug) {
        fail(bug);
    }

    // ---- the end of an input and of a batch

    /**
     * Gives answers and runs what the effects have put off, until nothing is left. Once our own
     * state is known to be wrong, no answer that came of it is given any more.
     */
    private void settle() {
        if (settling || inEngine) {
            return;
        }
        settling = true;
        try {
            while (!broken && !(completions.isEmpty() && turn.isEmpty())) {
                if (!completions.isEmpty()) {
                    completions.deliverOne();
                } else {
                    turn.runNext();
                }
            }
            if (journal.hasUntold()) {
                owner.eventsHappened();
            }
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
        settling = false;
    }

    private void scheduleBatchEnd() {
        if (!batchDue && replica != null) {
            batchDue = true;
            loop.execute(endBatch);
        }
    }

    /**
     * The end of a batch of inputs: one write for the link, one system call for the disk. The link
     * comes first: the peer has further to go before it can answer than our own disk.
     */
    void endBatch() {
        batchDue = false;
        settle();
        try {
            PeerLink current = link;
            if (current != null && !broken) {
                current.flush();
            }
            if (replica != null && !broken) {
                disk.submit();
            }
            if (!broken) {
                device.run();
            }
        } catch (RuntimeException | Error bug) {
            fail(bug);
        }
    }

    private void fail(Throwable bug) {
        if (broken) {
            LOG.error("and after that", bug);
            return;
        }
        broken = true;
        owner.broken(bug);
    }

    private static long now() {
        return System.nanoTime();
    }

    // ---- effects

    @Override
    public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {
        disk.read(token, offsetBytes, lengthBytes, into);
    }

    @Override
    public void diskWrite(
            long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        disk.write(token, offsetBytes, lengthBytes, from, durable);
    }

    @Override
    public void diskFlush(long token) {
        disk.flush(token);
    }

    @Override
    public void diskTrim(long token, long offsetBytes, long lengthBytes) {
        disk.trim(token, offsetBytes, lengthBytes);
    }

    @Override
    public void diskZero(long token, long offsetBytes, long lengthBytes) {
        disk.zero(token, offsetBytes, lengthBytes);
    }

    @Override
    public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
        disk.writeMetadata(token, offsetBytes, image);
    }

    @Override
    public void send(FrameHeader header, @Nullable Payload payload) {
        PeerLink current = link;
        if (current != null) {
            current.send(header, payload);
        } else if (payload != null) {
            payload.release();
        }
    }

    @Override
    public void sendControl(FrameHeader header, ByteBuffer body) {
        PeerLink current = link;
        if (current != null) {
            current.send(header, body);
        }
    }

    @Override
    public void closeLink(String reason) {
        PeerLink current = link;
        if (current != null) {
            turn.later(() -> current.close(reason));
        }
    }

    @Override
    public void wantLink(boolean wanted) {
        turn.later(() -> owner.wantLink(wanted));
    }

    @Override
    public void complete(
            Completion completion, long token, IoStatus status, @Nullable Payload payload) {
        completions.add(completion, token, status, payload);
    }

    @Override
    public void serve(boolean serving, boolean continued) {
        turn.later(() -> owner.serve(serving, continued));
    }

    @Override
    public void dismissClients() {
        turn.later(owner::dismissClients);
    }

    @Override
    public void releaseDisk() {
        turn.later(owner::releaseDisk);
    }

    @Override
    public void fencePeer(long token, long generation) {
        turn.later(() -> owner.fencePeer(token, generation));
    }

    @Override
    public void unfencePeer(long token) {
        turn.later(() -> owner.unfencePeer(token));
    }

    @Override
    public void prepareTarget(long token, boolean keep, boolean whole) {
        turn.later(() -> owner.prepareTarget(token, keep, whole));
    }

    @Override
    public void callHandler(Handler handler) {
        turn.later(() -> owner.callHandler(handler));
    }

    @Override
    public void growDisk(
            long token, DiskGrowth.Step step, long fromBytes, long newBytes, boolean zero) {
        turn.later(() -> owner.growDisk(token, step, fromBytes, newBytes, zero));
    }

    @Override
    public void resized(long newBytes) {
        volumeBytes = newBytes;
        turn.later(() -> owner.resized(newBytes));
    }

    @Override
    public void commandDone(long token, boolean accepted, String rule, String reason) {
        CommandResult result = new CommandResult(accepted, rule, reason);
        turn.later(() -> owner.commandDone(token, result));
    }

    @Override
    public long wallClockMs() {
        return System.currentTimeMillis();
    }

    @Override
    public void event(String rule, String reason) {
        journal.add(rule, reason);
    }

    @Override
    public void deadline(long atNs) {
        alarm.at(atNs);
    }

    @Override
    public void closed() {
        turn.later(owner::closed);
    }

    // ---- the volume, as front ends see it

    @Override
    public long sizeBytes() {
        return volumeBytes;
    }

    @Override
    public int sectorBytes() {
        return geometry.sectorBytes();
    }

    @Override
    public boolean serving() {
        Replica engine = replica;
        return engine != null && !broken && engine.serving();
    }

    /** What encrypts the link now; null without one. */
    @Nullable String tlsEngine() {
        PeerLink current = link;
        return current == null ? null : current.tlsEngine();
    }
}
