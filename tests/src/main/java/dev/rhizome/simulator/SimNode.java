package dev.rhizome.simulator;

import dev.rhizome.core.Effects;
import dev.rhizome.core.InvariantViolation;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Replica;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapChunkCodec;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.HandshakeReport;
import dev.rhizome.core.handshake.Resolution;
import dev.rhizome.core.handshake.Verdict;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One machine: the real engine, and a shell around it that turns its effects into events. It may
 * die between any two effects; what the engine wanted after that never happens.
 */
final class SimNode implements Effects {
    private static final long PING_TIMEOUT_NS = 500_000_000;
    private static final long REQUEST_TIMEOUT_NS = 3_000_000_000L;

    private final int side;
    private final Simulation simulation;
    private final Scheduler scheduler;
    private final Choices choices;
    private final Swarm swarm;
    private final SimDisk disk;
    private final ReplicaConfig config;
    private final FrameHeader received = new FrameHeader();
    private final DiskEffects diskEffects;
    private final SimDevice device;
    private final SimGrowth growth;
    private final SimPreparation preparation;
    private @Nullable Replica replica;
    private StampPool pool;
    private long incarnation;
    private long deadlineGeneration;
    private long deadlineAtNs;
    private long effects;
    private long crashAtEffect = Long.MAX_VALUE;
    private boolean crashLosesPower;
    private boolean dying;
    private boolean closedInOrder;
    private boolean servingClients;
    private boolean attachedUnderClients;
    private String lastHandshake = "";

    SimNode(int side, Simulation simulation, Scheduler scheduler, Choices choices, Swarm swarm) {
        this.side = side;
        this.simulation = simulation;
        this.scheduler = scheduler;
        this.choices = choices;
        this.swarm = swarm;
        this.config =
                new ReplicaConfig(
                                "data",
                                side == 0 ? "a" : "b",
                                side == 0 ? "b" : "a",
                                swarm.volumeBytes(),
                                swarm.sectorBytes(),
                                PING_TIMEOUT_NS,
                                REQUEST_TIMEOUT_NS,
                                swarm.policies(),
                                Mutations.tuning(simulation.sabotage(), swarm.tuning()))
                        .with(swarm.diskPolicy())
                        .with(simulation.checks().options())
                        .with(swarm.fencing())
                        .with(swarm.target());
        this.disk =
                new SimDisk(
                        side, name(), scheduler, choices.fork("disk"), simulation.fates(), swarm);
        this.device = new SimDevice(side, this, simulation, choices.fork("device"));
        this.growth = new SimGrowth(this, choices.fork("growth"));
        this.preparation = new SimPreparation(this, choices.fork("preparation"));
        this.diskEffects = new DiskEffects(this, disk, scheduler, swarm.sectorBytes());
        this.pool = newPool();
    }

    private StampPool newPool() {
        return new StampPool(
                swarm.sectorBytes(), swarm.poolBytes(), sabotage(Sabotage.SAME_DIGESTS));
    }

    String name() {
        return side == 0 ? "A" : "B";
    }

    SimDisk disk() {
        return disk;
    }

    int sectorBytes() {
        return swarm.sectorBytes();
    }

    /** The sectors of its volume as it is on record. */
    int sectors() {
        return disk.volumeSectors();
    }

    /** The sectors that its clients may use now; 0 if it is dead. */
    int servedSectors() {
        return replica == null ? 0 : (int) (replica.volumeBytes() / swarm.sectorBytes());
    }

    StampPool pool() {
        return pool;
    }

    @Nullable Replica replica() {
        return replica;
    }

    boolean alive() {
        return replica != null;
    }

    boolean serving() {
        return servingClients;
    }

    /** Whether a policy or an operator has resolved the conflict of the last handshake. */
    boolean lastIsResolved() {
        HandshakeReport last = replica == null ? null : replica.lastHandshake();
        return last != null && last.decision().resolution() != Resolution.NONE;
    }

    /** Whether somebody has only asked what would be decided: nothing follows from it. */
    private boolean lastIsQuestion() {
        HandshakeReport last = replica == null ? null : replica.lastHandshake();
        return last != null && (last.self().flags().tentative() || last.peer().flags().tentative());
    }

    /** Whether the nodes part and try again at once, until somebody does something. */
    boolean retries() {
        HandshakeReport last = replica == null ? null : replica.lastHandshake();
        return last != null && last.decision().verdict() == Verdict.RETRY;
    }

    /** The rule of the last handshake that this node has decided. */
    String lastHandshake() {
        return lastHandshake;
    }

    /** Whether what its clients read is on its own disk; else it is on the peer's. */
    boolean servesItself() {
        return replica == null || replica.state().diskUpToDate();
    }

    boolean diskAttached() {
        return replica == null || replica.state().diskAttached();
    }

    /** Whether its disk was attached while clients were served by the peer. */
    boolean attachedUnderClients() {
        return attachedUnderClients;
    }

    /** Which of its lives this is. */
    long incarnation() {
        return incarnation;
    }

    long nowNs() {
        return scheduler.nowNs();
    }

    /** Says something to its peer that its engine does not. */
    void say(FrameHeader header, ByteBuffer body) {
        simulation.link().send(side, header, body, null);
    }

    /** What is durable on its disk. */
    Superblock superblock() {
        return disk.superblock();
    }

    // ---- life and death

    void start() {
        incarnation++;
        closedInOrder = false;
        pool = newPool();
        AttachedMetadata found = Mutations.metadata(simulation.sabotage(), disk.attach());
        if (sabotage(Sabotage.FORGET_CRASH)) {
            disk.pretend(found.superblock());
        }
        Choices identifiers =
                sabotage(Sabotage.REUSE_GENERATIONS)
                        ? new Choices(7)
                        : choices.fork("generations", incarnation);
        Effects watched = new WatchedEffects(this, simulation.coverage(), this::replica);
        Replica made =
                new Replica(
                        config,
                        watched,
                        pool,
                        identifiers::next,
                        found,
                        Mutations.rangeLock(simulation.sabotage()));
        replica = made;
        trace("start", incarnation, 0, 0);
        input(() -> made.start(scheduler.nowNs()));
        Replica started = replica;
        if (started != null) {
            simulation.oracle().attached(side, started.state().disk());
        }
    }

    /** Effects that have happened so far, in all lives. */
    long effects() {
        return effects;
    }

    /** Dies after so many more effects. */
    void crashAfterEffects(long count, boolean powerLoss) {
        crashAtEffect = effects + count;
        crashLosesPower = powerLoss;
    }

    /** Does not die any more after some effects. */
    void spare() {
        crashAtEffect = Long.MAX_VALUE;
    }

    void crash(boolean powerLoss) {
        if (replica == null) {
            return;
        }
        trace(powerLoss ? "power loss" : "killed", incarnation, 0, 0);
        gone(powerLoss);
        disk.crash(powerLoss);
        if (powerLoss) {
            simulation.oracle().powerLost(side);
        }
    }

    /** The process ends in order while clients use its device, which waits for the next one. */
    void stopInUse() {
        trace("stopped, the device stays", incarnation, 0, 0);
        crash(false);
    }

    private void gone(boolean silently) {
        replica = null;
        incarnation++;
        deadlineAtNs = 0;
        spare();
        dying = false;
        servingClients = false;
        attachedUnderClients = false;
        device.processGone(silently);
        diskEffects.nodeGone();
        simulation.link().nodeGone(side, silently);
        simulation.client(side).nodeGone();
        simulation.fencer().nodeGone(side);
        simulation.operator().nodeGone(side);
    }

    private void input(Runnable action) {
        try {
            action.run();
        } catch (InvariantViolation e) {
            throw new Violation("engine/" + e.id(), e);
        }
        if (dying) {
            crash(crashLosesPower);
        } else if (closedInOrder) {
            endInOrder();
        }
        simulation.oracle().afterEvent();
    }

    private void endInOrder() {
        boolean gaveUp = !diskAttached();
        if (!disk.idle() && !gaveUp) {
            throw new Violation("INV-13", name() + " says it is closed, with disk I/O under way");
        }
        if (disk.idle()) {
            simulation.requireNoLeak(this);
        }
        gone(false);
        // What a disk that was given up still owes ends with the process: none starts before that.
        disk.crash(false);
        trace("closed", 0, 0, 0);
    }

    /** An effect is about to happen; false if the node is dead by then. */
    private boolean living() {
        if (dying) {
            return false;
        }
        if (effects >= crashAtEffect) {
            dying = true;
            trace("dies between two effects", 0, 0, 0);
            return false;
        }
        effects++;
        return true;
    }

    void later(long delayNs, Consumer<Replica> action) {
        long mine = incarnation;
        scheduler.after(
                delayNs,
                () -> {
                    Replica current = replica;
                    if (mine == incarnation && current != null) {
                        input(() -> action.accept(current));
                    }
                });
    }

    void now(Consumer<Replica> action) {
        Replica current = replica;
        if (current != null) {
            input(() -> action.accept(current));
        }
    }

    boolean sabotage(Sabotage which) {
        return simulation.sabotage() == which;
    }

    void trace(String text, long a, long b, long c) {
        simulation.trace().line(name() + " " + text, a, b, c);
    }

    // ---- inputs

    void linkUp() {
        trace("link up", simulation.link().epoch(), 0, 0);
        now(engine -> engine.linkUp(scheduler.nowNs()));
    }

    void linkDown(String reason) {
        trace("link down", simulation.link().epoch(), 0, 0);
        diskEffects.linkDown();
        now(engine -> engine.linkDown(scheduler.nowNs(), reason));
    }

    /** Only a part of it has come: nothing is heard of it. */
    void frameCut(ByteBuffer header, byte @Nullable [] control, long @Nullable [] stamps) {
        if (sabotage(Sabotage.TAKE_PARTIAL_FRAMES)) {
            if (stamps != null) {
                Arrays.fill(stamps, stamps.length / 2, stamps.length, 0);
            }
            frameArrived(header, control, stamps);
        }
    }

    void frameArrived(ByteBuffer header, byte @Nullable [] control, long @Nullable [] stamps) {
        String problem = received.decode(header);
        if (problem != null) {
            throw new Violation("wire", problem);
        }
        trace("< " + received.type(), received.id(), received.offsetBytes(), received.argument());
        StampPool.Stamps payload = null;
        if (stamps != null) {
            payload = pool.take(received.bodyBytes());
            System.arraycopy(stamps, 0, payload.stamps, 0, stamps.length);
        }
        boolean repair = received.type() == FrameType.READ_REPLY && diskAttached();
        if (payload != null && repair && sabotage(Sabotage.GARBLE_REPAIR)) {
            payload.stamps[0] ^= 1;
        }
        if (sabotage(Sabotage.ACKNOWLEDGE_BEFORE_PEER) && received.type() == FrameType.WRITE_ACK) {
            return;
        }
        boolean resume = received.type() == FrameType.SYNC_PAUSE && received.argument() == 0;
        if (resume && sabotage(Sabotage.FORGET_RESUME)) {
            return;
        }
        Payload passed = payload;
        if (sabotage(Sabotage.LEAK_PAYLOAD)
                && passed != null
                && received.type() == FrameType.WRITE) {
            passed.retain();
        }
        ByteBuffer body = control == null ? null : ByteBuffer.wrap(control);
        long found = SimChecks.foundBytes(replica);
        if (received.type() == FrameType.RESIZE && growth.claims(received)) {
            return;
        }
        now(engine -> engine.frame(scheduler.nowNs(), received, body, passed));
        if (received.type() == FrameType.VERIFY_RESULT) {
            simulation.checks().requireDifferent(side, received, found);
        }
    }

    void verify(long token, VerifyOrder order) {
        trace("verify " + order, token, 0, 0);
        now(engine -> engine.verify(scheduler.nowNs(), token, order));
    }

    void submit(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {
        trace("client " + operation + (fua ? " FUA" : ""), offsetBytes, lengthBytes, token);
        now(
                engine ->
                        engine.submit(
                                scheduler.nowNs(),
                                operation,
                                fua,
                                offsetBytes,
                                lengthBytes,
                                payload,
                                completion,
                                token));
    }

    void command(long token, CommandKind kind) {
        trace("command " + kind, token, 0, 0);
        now(engine -> engine.command(scheduler.nowNs(), token, kind));
        if (kind == CommandKind.DETACH_FORCE && sabotage(Sabotage.RELEASE_BUSY_DISK)) {
            diskEffects.reportAllEnded();
        }
    }

    /** Its own disk, which it has let go, is given to it again. */
    void attach(long token) {
        trace("attach", token, 0, 0);
        AttachedMetadata found = Mutations.metadata(simulation.sabotage(), disk.attach());
        if (sabotage(Sabotage.ATTACH_AS_CURRENT)) {
            found = Mutations.asCurrent(found, simulation.node(1 - side).superblock());
        }
        AttachedMetadata taken = found;
        now(engine -> attach(engine, token, taken));
    }

    private void attach(Replica engine, long token, AttachedMetadata found) {
        boolean primary = engine.state().role() == Role.PRIMARY;
        if (engine.attach(scheduler.nowNs(), token, found)) {
            attachedUnderClients = primary;
            simulation.oracle().attached(side, engine.state().disk());
        }
    }

    void resize(long token, ResizeRequest request) {
        trace("command RESIZE", token, request.volumeBytes(), 0);
        now(engine -> engine.resize(scheduler.nowNs(), token, request));
    }

    // ---- effects: disk

    @Override
    public void growDisk(
            long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {
        if (!living()) {
            return;
        }
        trace("grow " + step, token, volumeBytes, newBytes);
        growth.take(token, step, volumeBytes, newBytes, zero);
    }

    @Override
    public void resized(long volumeBytes) {
        if (living()) {
            trace("resized", volumeBytes, 0, 0);
        }
    }

    @Override
    public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {
        if (living()) {
            diskEffects.read(token, offsetBytes, lengthBytes, into);
        }
    }

    @Override
    public void diskWrite(
            long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        if (living()) {
            diskEffects.write(token, offsetBytes, lengthBytes, from, durable);
        }
    }

    @Override
    public void diskFlush(long token) {
        if (living()) {
            diskEffects.flush(token);
        }
    }

    @Override
    public void diskTrim(long token, long offsetBytes, long lengthBytes) {
        if (living()) {
            diskEffects.trim(token, offsetBytes, lengthBytes);
        }
    }

    @Override
    public void diskZero(long token, long offsetBytes, long lengthBytes) {
        if (living()) {
            diskEffects.zero(token, offsetBytes, lengthBytes);
        }
    }

    @Override
    public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
        if (living()) {
            diskEffects.writeMetadata(token, offsetBytes, image);
        }
    }

    // ---- effects: link

    @Override
    public void send(FrameHeader header, @Nullable Payload payload) {
        if (!living()) {
            return;
        }
        trace("> " + header.type(), header.id(), header.offsetBytes(), header.argument());
        if (header.type() == FrameType.SYNC_RECORDED) {
            simulation.oracle().syncRecorded(side);
        }
        requireLogged(header);
        diskEffects.sabotageAnswer(header);
        if (header.type() == FrameType.SYNC_CHECKED) {
            simulation.checks().requireExact(header);
        }
        simulation.link().send(side, header, null, payload);
        if (payload != null) {
            payload.release();
        }
        if (sabotage(Sabotage.ACKNOWLEDGE_BEFORE_PEER)) {
            fakeAcknowledgement(header);
        }
    }

    /**
     * INV-07 for the peer's disk: what it is told to change is in this node's log, if it has one.
     */
    private void requireLogged(FrameHeader header) {
        boolean change =
                switch (header.type()) {
                    case WRITE, TRIM, ZERO -> true;
                    default -> false;
                };
        if (change && diskAttached()) {
            diskEffects.requireLogged(header.offsetBytes(), header.lengthBytes());
        }
    }

    private void fakeAcknowledgement(FrameHeader asked) {
        FrameType type = asked.type();
        if (type == FrameType.WRITE || type == FrameType.TRIM || type == FrameType.ZERO) {
            FrameHeader reply = new FrameHeader().set(FrameType.WRITE_ACK, asked.id(), 0);
            long epoch = simulation.link().epoch();
            later(
                    1000,
                    engine -> {
                        if (simulation.link().up(side) && simulation.link().epoch() == epoch) {
                            engine.frame(scheduler.nowNs(), reply, null, null);
                        }
                    });
        }
    }

    @Override
    public void sendControl(FrameHeader header, ByteBuffer body) {
        if (!living()) {
            return;
        }
        trace("> " + header.type(), header.id(), header.offsetBytes(), header.argument());
        if (header.type() == FrameType.SYNC_START) {
            boolean repair = header.argument() == SyncSource.REPAIR;
            simulation.oracle().syncStarts(side, lastIsResolved(), repair);
        } else if (header.type() == FrameType.SYNC_FINISH) {
            var generations = HelloCodec.decodeGenerations(body);
            simulation.oracle().syncFinishes(side, generations == null ? 0 : generations.current());
        }
        boolean silent = sabotage(Sabotage.SILENT_TARGET) && header.type() == FrameType.SYNC_BITMAP;
        if (silent) {
            body.clear();
            Bitmap empty = new Bitmap(disk.layout().blocks());
            BitmapChunkCodec.encode(empty, 0, body, body.capacity());
            header.set(FrameType.SYNC_BITMAP, 0, body.remaining(), 0, 0, 0, 0);
        }
        simulation.link().send(side, header, body, null);
    }

    @Override
    public void closeLink(String reason) {
        if (!living()) {
            return;
        }
        trace("close link: " + reason, 0, 0, 0);
        simulation.link().close(side, reason);
    }

    @Override
    public void wantLink(boolean wanted) {
        if (!living()) {
            return;
        }
        simulation.link().want(side, wanted);
    }

    // ---- effects: clients, operators, time

    @Override
    public void complete(
            Completion completion, long token, IoStatus status, @Nullable Payload payload) {
        if (!living()) {
            return;
        }
        trace("answer", token, status.code(), 0);
        completion.complete(token, status, payload);
    }

    @Override
    public void serve(boolean serving, boolean continued) {
        if (!living()) {
            return;
        }
        trace(serving ? "serve" : "no longer serve", continued ? 1 : 0, 0, 0);
        servingClients = serving;
        if (serving) {
            simulation.oracle().serves(servedSectors());
            simulation.oracle().promoted(side);
            simulation.client(side).begin();
        }
        device.serve(serving, continued || sabotage(Sabotage.LET_CLIENTS_GO_ON));
    }

    @Override
    public void dismissClients() {
        if (!living()) {
            return;
        }
        trace("dismiss clients", 0, 0, 0);
        device.dismiss();
    }

    @Override
    public void releaseDisk() {
        if (living()) {
            diskEffects.release();
        }
    }

    @Override
    public void fencePeer(long token, long generation) {
        if (living()) {
            trace("fence-peer", token, generation, 0);
            simulation.fencer().fence(side, token, generation);
        }
    }

    @Override
    public void unfencePeer(long token) {
        if (living()) {
            trace("unfence-peer", token, 0, 0);
            simulation.fencer().unfence(side, token);
        }
    }

    /** The program, or the witness, has answered the process that has asked. */
    void fenceResult(long token, int exitCode) {
        trace("fence result", token, exitCode, 0);
        now(engine -> engine.fenceResult(scheduler.nowNs(), token, exitCode, ""));
    }

    @Override
    public void prepareTarget(long token, boolean keep, boolean whole) {
        if (living()) {
            trace("prepare target", token, keep ? 1 : 0, whole ? 1 : 0);
            preparation.take(token, keep, whole);
        }
    }

    @Override
    public void callHandler(Handler handler) {
        if (living()) {
            trace("handler " + handler.label(), 0, 0, 0);
        }
    }

    @Override
    public void commandDone(long token, boolean accepted, String rule, String reason) {
        if (!living()) {
            return;
        }
        trace("command done: " + rule, token, accepted ? 1 : 0, 0);
        simulation.operator().commandDone(side, token, accepted, rule);
    }

    @Override
    public long wallClockMs() {
        return 1_000_000_000_000L + simulation.scheduler().nowNs() / 1_000_000;
    }

    @Override
    public void event(String rule, String reason) {
        if (!living()) {
            return;
        }
        trace("event " + rule + ": " + reason, 0, 0, 0);
        if (rule.equals("protocol-error")) {
            throw new Violation("protocol", name() + ": " + reason);
        }
        if (rule.equals("verify-started")) {
            simulation.checks().verifyBegins(side);
        } else if (rule.equals("verify-done")) {
            simulation.checks().verifyEnds(side);
        } else if (rule.equals("new-current-uuid")) {
            // What a blank disk holds is what there is: no resync will settle it.
            simulation.oracle().counts(side);
        }
        if (rule.equals("handshake")) {
            lastHandshake = reason.substring(0, reason.indexOf(':'));
            if (lastHandshake.equals("equal") && !lastIsQuestion()) {
                simulation.oracle().equalDecided();
            }
            requireKept();
            if (lastHandshake.equals("diskless") && !lastIsQuestion() && !diskAttached()) {
                simulation.oracle().servedBy(1 - side);
            }
        }
    }

    private void requireKept() {
        Replica engine = replica;
        if (engine == null || !swarm.target().keeps() || lastIsQuestion()) {
            return;
        }
        HandshakeReport last = engine.lastHandshake();
        if (last != null
                && last.decision().verdict().target()
                && last.decision().rule().splitBrain()) {
            preparation.requireKept(engine, last.decision().verdict().full());
        }
    }

    @Override
    public void deadline(long atNs) {
        if (!living()) {
            return;
        }
        if (atNs == Long.MAX_VALUE) {
            return;
        }
        // Only the earliest counts, as with the real alarm.
        if (deadlineAtNs != 0 && deadlineAtNs <= atNs) {
            return;
        }
        deadlineAtNs = Math.max(atNs, scheduler.nowNs()) + 1 + choices.below(1_000_000L);
        deadlineGeneration++;
        long mine = deadlineGeneration;
        later(
                deadlineAtNs - scheduler.nowNs(),
                engine -> {
                    if (mine == deadlineGeneration) {
                        deadlineAtNs = 0;
                        engine.tick(scheduler.nowNs());
                    }
                });
    }

    @Override
    public void closed() {
        closedInOrder = true;
    }
}
