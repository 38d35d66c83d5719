package dev.rhizome.simulator;

import dev.rhizome.core.Effects;
import dev.rhizome.core.InvariantViolation;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Replica;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.SharedOptions;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is around one engine of a {@link Pair}: its effects become events of the virtual clock. */
final class PairShell implements Effects {
    private final int side;
    private final Pair pair;
    private final Scheduler scheduler;
    private final NodeSetup setup;
    private final ReplicaConfig config;
    private final FrameHeader received = new FrameHeader();
    private final PairDisk disk;
    private final PairGrowth growth;
    private final Map<Long, PairCommand> commands = new HashMap<>();
    private final List<PairRequest> requests = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private StampPool pool;
    private @Nullable Replica replica;
    private long generations;
    private long incarnation;
    private long deadlines;
    private long handshakes;
    private boolean closedInOrder;
    private final List<Handler> handlers = new ArrayList<>();
    private boolean continuedLast;
    private int dismissals;
    private String remaining = "";
    private long preparationAsked = -1;
    private boolean keeps;
    private long fenceAsked = -1;
    private long unfenceAsked = -1;

    PairShell(int side, Pair pair, Scheduler scheduler, NodeSetup setup) {
        this.side = side;
        this.pair = pair;
        this.scheduler = scheduler;
        this.setup = setup;
        config =
                new ReplicaConfig(
                        setup.resource(),
                        side == 0 ? "a" : "b",
                        side == 0 ? "b" : "a",
                        setup.volumeBytes(),
                        setup.sectorBytes(),
                        NodeSetup.FAR_AWAY_NS,
                        NodeSetup.FAR_AWAY_NS,
                        setup.policies(),
                        setup.tuning(),
                        setup.diskPolicy(),
                        setup.checks(),
                        setup.fencing(),
                        setup.target(),
                        SharedOptions.of(
                                Map.of(
                                        "policies", setup.policies().toString(),
                                        "checks", setup.checks().toString())));
        disk = new PairDisk(side, pair, scheduler, setup);
        growth = new PairGrowth(disk);
        pool = new StampPool(setup.sectorBytes(), 1L << 30);
    }

    String name() {
        return side == 0 ? "A" : "B";
    }

    NodeSetup setup() {
        return setup;
    }

    SimDisk disk() {
        return disk.current();
    }

    PairGrowth growth() {
        return growth;
    }

    void resize(PairCommand command, ResizeRequest request) {
        trace("command RESIZE", command.token(), request.volumeBytes(), 0);
        commands.put(command.token(), command);
        input(engine -> engine.resize(scheduler.nowNs(), command.token(), request));
    }

    PairDisk disks() {
        return disk;
    }

    StampPool pool() {
        return pool;
    }

    @Nullable Replica replica() {
        return replica;
    }

    long handshakes() {
        return handshakes;
    }

    /** The rules of all that was told since the last look. */
    List<String> events() {
        return events;
    }

    /** Nothing is under way but timers. */
    boolean quiet() {
        return disk().idle() && requests.isEmpty() && commands.isEmpty();
    }

    // ---- life and death

    void start() {
        incarnation++;
        closedInOrder = false;
        pool = new StampPool(setup.sectorBytes(), 1L << 30);
        AttachedMetadata found = disk().attach();
        Replica made = new Replica(config, this, pool, this::freshGeneration, found);
        replica = made;
        trace("start", incarnation, found.superblock().flags(), found.bitmap().setCount());
        input(engine -> engine.start(scheduler.nowNs()));
    }

    private long freshGeneration() {
        return (side + 0xAL) << 32 | ++generations;
    }

    void crash(boolean powerLoss) {
        trace(powerLoss ? "power loss" : "killed", incarnation, 0, 0);
        gone();
        disk().crash(powerLoss);
        if (powerLoss) {
            pair.content().of(side).powerLost();
        }
    }

    private void gone() {
        replica = null;
        preparationAsked = -1;
        incarnation++;
        for (PairRequest request : List.copyOf(requests)) {
            request.complete(0, IoStatus.SHUTTING_DOWN, null);
        }
        requests.clear();
        commands.clear();
        disk.nodeGone();
        pair.link().nodeGone(side);
    }

    private void input(Consumer<Replica> action) {
        Replica current = replica;
        if (current == null) {
            return;
        }
        try {
            action.accept(current);
        } catch (InvariantViolation e) {
            throw new Violation("engine", e);
        }
        if (closedInOrder) {
            if (disk.idle() && pool.outCount() != 0) {
                throw new Violation("INV-13", name() + " is closed with I/O or payloads left");
            }
            trace("closed", 0, 0, 0);
            gone();
        }
    }

    private void later(long delayNs, Consumer<Replica> action) {
        long mine = incarnation;
        scheduler.after(
                delayNs,
                () -> {
                    if (mine == incarnation) {
                        input(action);
                    }
                });
    }

    private void trace(String text, long a, long b, long c) {
        pair.trace().line(name() + " " + text, a, b, c);
    }

    // ---- inputs

    void linkUp() {
        trace("link up", 0, 0, 0);
        input(engine -> engine.linkUp(scheduler.nowNs()));
    }

    void linkDown(String reason) {
        trace("link down: " + reason, 0, 0, 0);
        input(engine -> engine.linkDown(scheduler.nowNs(), reason));
    }

    void frameArrived(ByteBuffer header, byte @Nullable [] control, long @Nullable [] stamps) {
        if (replica == null) {
            return;
        }
        String problem = received.decode(header.duplicate());
        if (problem != null) {
            throw new Violation("wire", problem);
        }
        trace("< " + received.type(), received.id(), received.offsetBytes(), received.argument());
        StampPool.Stamps payload = null;
        if (stamps != null) {
            payload = pool.take(received.bodyBytes());
            System.arraycopy(stamps, 0, payload.stamps, 0, stamps.length);
        }
        Payload passed = payload;
        ByteBuffer body = control == null ? null : ByteBuffer.wrap(control);
        input(engine -> engine.frame(scheduler.nowNs(), received, body, passed));
    }

    void submit(PairRequest request, @Nullable Payload payload) {
        requests.add(request);
        long unit = setup.sectorBytes();
        trace("client " + request.operation(), request.first(), request.count(), request.token());
        input(
                engine ->
                        engine.submit(
                                scheduler.nowNs(),
                                request.operation(),
                                request.fua(),
                                request.first() * unit,
                                request.count() * unit,
                                payload,
                                request,
                                request.token()));
    }

    void command(PairCommand command, CommandKind kind) {
        commands.put(command.token(), command);
        trace("command " + kind, command.token(), 0, 0);
        input(engine -> engine.command(scheduler.nowNs(), command.token(), kind));
    }

    void attach(PairCommand command) {
        commands.put(command.token(), command);
        trace("attach", command.token(), 0, 0);
        AttachedMetadata found = disk().attach();
        input(engine -> engine.attach(scheduler.nowNs(), command.token(), found));
    }

    List<Handler> handlers() {
        return handlers;
    }

    void verify(PairCommand command, VerifyOrder order) {
        commands.put(command.token(), command);
        trace("verify " + order, command.token(), 0, 0);
        input(engine -> engine.verify(scheduler.nowNs(), command.token(), order));
    }

    // ---- effects: disk

    private Consumer<IoStatus> answer(long token) {
        long mine = incarnation;
        return status -> {
            if (mine == incarnation) {
                trace("disk done", token, status.code(), 0);
                input(engine -> engine.diskDone(scheduler.nowNs(), token, status));
            }
        };
    }

    @Override
    public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {
        trace("disk read", token, offsetBytes, lengthBytes);
        Tokens.Owner owner = Tokens.owner(token);
        boolean alone = owner == Tokens.Owner.SYNC_SOURCE || owner == Tokens.Owner.VERIFY;
        disk.read(offsetBytes, lengthBytes, (StampPool.Stamps) into, alone, answer(token));
    }

    @Override
    public void diskWrite(
            long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        change(token, offsetBytes, ((StampPool.Stamps) from).stamps, durable);
    }

    @Override
    public void diskTrim(long token, long offsetBytes, long lengthBytes) {
        diskZero(token, offsetBytes, lengthBytes);
    }

    @Override
    public void diskZero(long token, long offsetBytes, long lengthBytes) {
        change(token, offsetBytes, new long[(int) (lengthBytes / setup.sectorBytes())], false);
    }

    private void change(long token, long offsetBytes, long[] stamps, boolean durable) {
        trace("disk write", token, offsetBytes, stamps.length);
        boolean clients = Tokens.owner(token) == Tokens.Owner.CLIENT;
        disk.change(offsetBytes, stamps, durable, clients, answer(token));
    }

    @Override
    public void diskFlush(long token) {
        trace("disk flush", token, 0, 0);
        disk.flush(answer(token));
    }

    @Override
    public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
        trace("metadata", token, offsetBytes, image.remaining());
        byte[] bytes = new byte[image.remaining()];
        image.get(bytes);
        long mine = incarnation;
        disk.writeMetadata(
                offsetBytes,
                bytes,
                status -> {
                    if (mine == incarnation) {
                        boolean good = status == IoStatus.OK;
                        input(engine -> engine.metadataDone(scheduler.nowNs(), token, good));
                    }
                });
    }

    // ---- effects: link

    @Override
    public void send(FrameHeader header, @Nullable Payload payload) {
        trace("> " + header.type(), header.id(), header.offsetBytes(), header.argument());
        pair.link().send(side, header, null, payload);
        if (payload != null) {
            payload.release();
        }
    }

    @Override
    public void sendControl(FrameHeader header, ByteBuffer body) {
        trace("> " + header.type(), header.id(), header.offsetBytes(), header.argument());
        if (header.type() == FrameType.SYNC_FINISH) {
            pair.content().resynced(side);
        }
        pair.link().send(side, header, body, null);
    }

    @Override
    public void closeLink(String reason) {
        trace("close link: " + reason, 0, 0, 0);
        pair.link().close(side, reason);
    }

    @Override
    public void wantLink(boolean wanted) {
        trace(wanted ? "wants the link" : "wants no link", 0, 0, 0);
        pair.link().want(side, wanted);
    }

    // ---- effects: clients, operators, time

    @Override
    public void complete(
            Completion completion, long token, IoStatus status, @Nullable Payload payload) {
        trace("answer", token, status.code(), 0);
        completion.complete(token, status, payload);
    }

    void answered(PairRequest request) {
        requests.remove(request);
    }

    /** Whether clients could go on when the node was promoted last. */
    boolean continued() {
        return continuedLast;
    }

    @Override
    public void serve(boolean serving, boolean continued) {
        trace(serving ? "serve" : "no longer serve", continued ? 1 : 0, 0, 0);
        continuedLast = serving && continued;
    }

    @Override
    public void dismissClients() {
        trace("dismiss clients", 0, 0, 0);
        dismissals++;
        String problem = remaining;
        long mine = incarnation;
        scheduler.after(
                1000,
                () -> {
                    if (mine == incarnation) {
                        input(engine -> engine.clientsDismissed(scheduler.nowNs(), problem));
                    }
                });
    }

    /** From now on clients of before cannot be sent away; empty: they can. */
    void clientsRemain(String problem) {
        remaining = problem;
    }

    /** How often clients of before were to be sent away. */
    int dismissals() {
        return dismissals;
    }

    @Override
    public void growDisk(
            long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {
        trace("grow " + step, volumeBytes, newBytes, zero ? 1 : 0);
        if (growth.dies(step)) {
            scheduler.after(PairGrowth.STEP_NS, () -> crash(false));
            return;
        }
        long mine = incarnation;
        scheduler.after(
                PairGrowth.STEP_NS,
                () -> {
                    if (mine == incarnation) {
                        growth.take(
                                step,
                                volumeBytes,
                                newBytes,
                                zero,
                                result ->
                                        input(
                                                engine ->
                                                        engine.diskGrown(
                                                                scheduler.nowNs(), token, result)));
                    }
                });
    }

    @Override
    public void resized(long volumeBytes) {
        trace("resized", volumeBytes, 0, 0);
    }

    @Override
    public void commandDone(long token, boolean accepted, String rule, String reason) {
        trace("command done: " + rule + ": " + reason, token, accepted ? 1 : 0, 0);
        PairCommand command = commands.remove(token);
        if (command == null) {
            throw new Violation("answer", "a command was answered twice: " + rule);
        }
        command.done(accepted, rule, reason);
    }

    @Override
    public long wallClockMs() {
        return 1_000_000_000_000L + scheduler.nowNs() / 1_000_000;
    }

    @Override
    public void event(String rule, String reason) {
        trace("event " + rule + ": " + reason, 0, 0, 0);
        if (rule.equals("protocol-error")) {
            throw new Violation("protocol", name() + ": " + reason);
        }
        events.add(rule);
        handshakes += rule.equals("handshake") ? 1 : 0;
    }

    @Override
    public void deadline(long atNs) {
        if (atNs != Long.MAX_VALUE) {
            deadlines++;
            long mine = deadlines;
            later(
                    Math.max(0, atNs - scheduler.nowNs()),
                    engine -> {
                        if (mine == deadlines) {
                            engine.tick(scheduler.nowNs());
                        }
                    });
        }
    }

    @Override
    public void releaseDisk() {
        if (!disk.idle()) {
            throw new Violation("INV-13", name() + " releases a disk that owes answers");
        }
    }

    @Override
    public void fencePeer(long token, long generation) {
        trace("fence-peer", token, generation, 0);
        fenceAsked = token;
        unfenceAsked = -1;
    }

    @Override
    public void unfencePeer(long token) {
        trace("unfence-peer", token, 0, 0);
        unfenceAsked = token;
        fenceAsked = -1;
    }

    /** Whether {@code fence-peer} owes an answer. */
    boolean fenceAsked() {
        return fenceAsked >= 0;
    }

    /** Whether {@code unfence-peer} owes an answer. */
    boolean unfenceAsked() {
        return unfenceAsked >= 0;
    }

    /** The program that was asked last ends. */
    void fenceEnds(int exitCode) {
        long token = Math.max(fenceAsked, unfenceAsked);
        fenceAsked = -1;
        unfenceAsked = -1;
        input(engine -> engine.fenceResult(scheduler.nowNs(), token, exitCode, ""));
    }

    @Override
    public void prepareTarget(long token, boolean keep, boolean whole) {
        preparationAsked = token;
        keeps = keep;
    }

    /** Whether something is to be done before the data is replaced. */
    boolean preparationAsked() {
        return preparationAsked >= 0;
    }

    /** Whether what is about to be discarded is to be kept. */
    boolean keeps() {
        return keeps;
    }

    /** What was to be done has ended. */
    void preparationEnds(boolean done) {
        long token = preparationAsked;
        preparationAsked = -1;
        input(engine -> engine.targetPrepared(scheduler.nowNs(), token, done, "as planned"));
    }

    @Override
    public void callHandler(Handler handler) {
        handlers.add(handler);
    }

    @Override
    public void closed() {
        closedInOrder = true;
    }
}
