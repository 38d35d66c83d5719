package dev.rhizome.replicator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.transport.peer.LinkStatistics;
import dev.rhizome.transport.peer.LiveTls;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.witness.WitnessAddress;
import dev.rhizome.transport.witness.WitnessClient;
import dev.rhizome.uring.DiskQueue;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A replica in this process: the engine and its shell on one event loop, behind the public API. */
final class LocalVolume implements ReplicatedVolume, Shell.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);
    private static final long CLOSE_TIMEOUT_SECONDS = 60;
    private static final long RELEASE_TIMEOUT_SECONDS = 10;
    private static final long STATUS_TIMEOUT_SECONDS = 5;

    private static final CommandResult CLOSED =
            new CommandResult(false, "closed", "the volume is closed");

    /** The parts that {@link VolumeFactory} has opened; this class closes them. */
    record Parts(
            VolumeOptions options,
            ReplicaConfig config,
            AttachedMetadata attached,
            EventLoopGroup group,
            IoEventLoop loop,
            DiskQueue queue,
            Disks disks,
            Turn turn,
            EventJournal journal,
            Memories memories,
            LiveTls tls,
            LinkStatistics linkStatistics) {}

    /** Each consumer's own memory. */
    record Memories(
            PayloadMemory engine,
            PayloadMemory link,
            PayloadMemory clients,
            PayloadMemory sockets,
            PayloadMemory device) {}

    private final Parts parts;
    private final Shell shell;
    private final Replica replica;
    private final ClientCalls calls;
    private final StatusSource statusSource;
    private final PendingCommands commands;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final AtomicReference<CompletableFuture<Void>> roundTrip =
            new AtomicReference<>(CompletableFuture.completedFuture(null));
    private @Nullable LinkKeeper linkKeeper;
    private @Nullable IoRegistration registration;
    private final FrontEnds frontEnds;
    private final BackingDisks disks;
    private final HandlerRunner handlers;
    private final FencePeer fencePeer;
    private final VolumeCertificates certificates;
    private final TargetPreparer targetPreparer;
    private final DiskGrower grower;
    private volatile VolumeStatus lastStatus;
    private volatile @Nullable Throwable bug;
    private boolean closing;

    LocalVolume(Parts parts, DiskSide diskSide, VolumeGeometry geometry) {
        this.parts = parts;
        SecureRandom random = new SecureRandom();
        shell =
                new Shell(
                        parts.loop(),
                        parts.queue(),
                        diskSide,
                        parts.turn(),
                        parts.journal(),
                        geometry,
                        this);
        replica =
                new Replica(
                        parts.config(),
                        shell,
                        new EnginePool(parts.memories().engine(), shell::tick),
                        random::nextLong,
                        parts.attached());
        calls = new ClientCalls(parts.loop(), shell, parts.memories().clients());
        frontEnds = new FrontEnds(parts, shell);
        grower = new DiskGrower(parts.options().place(), parts.attached().layout());
        commands = new PendingCommands(frontEnds);
        disks = new BackingDisks(parts, diskSide);
        handlers = new HandlerRunner(parts.options());
        fencePeer = fencePeer(random.nextLong());
        targetPreparer = new TargetPreparer(parts.options(), handlers);
        certificates = new VolumeCertificates(parts, this::useTls);
        statusSource =
                new StatusSource(parts, replica, frontEnds, certificates, diskSide.latencies());
        lastStatus = statusSource.now();
    }

    Shell shell() {
        return shell;
    }

    EventLoop loop() {
        return parts.loop();
    }

    LinkStatistics linkStatistics() {
        return parts.linkStatistics();
    }

    PayloadMemory linkMemory() {
        return parts.memories().link();
    }

    /**
     * Registers the disk queue with the loop, and starts the engine. Not on the event loop.
     *
     * @throws IOException if the queue cannot be polled; everything has been let go then
     * @throws VolumeException if the engine breaks at once; likewise
     */
    void start(LinkKeeper keeper) throws IOException, VolumeException {
        RingHandle handle = new RingHandle(parts.queue().pollDescriptor(), shell::onDiskReadable);
        Future<IoRegistration> registered = parts.loop().register(handle).awaitUninterruptibly();
        if (!registered.isSuccess()) {
            close();
            throw new IOException("the disk queue cannot be polled", registered.cause());
        }
        parts.loop()
                .execute(
                        () -> {
                            shell.guarded(
                                    () -> {
                                        IoRegistration polled = registered.getNow();
                                        registration = polled;
                                        linkKeeper = keeper;
                                        var unused = polled.submit(EpollIoOps.EPOLLIN);
                                        certificates.begin(this::takeSoon);
                                        shell.start(replica);
                                    });
                            started.complete(null);
                        });
        started.join();
        Throwable broke = bug;
        if (broke != null) {
            close();
            throw new VolumeException(
                    name() + ": a bug broke the replica at once: " + broke, broke);
        }
    }

    // ---- the public API

    @Override
    public CompletableFuture<Void> roundTrip() {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        CompletableFuture<Void> asked =
                roundTrip.updateAndGet(before -> before.isDone() ? answer : before);
        if (asked == answer) {
            try {
                parts.loop().execute(() -> answer.complete(null));
            } catch (RejectedExecutionException e) {
                answer.complete(null);
            }
        }
        return asked;
    }

    @Override
    public VolumeStatus status() {
        if (parts.loop().inEventLoop()) {
            return snapshot();
        }
        if (ended.isDone()) {
            return lastStatus;
        }
        CompletableFuture<VolumeStatus> asked = new CompletableFuture<>();
        try {
            parts.loop().execute(() -> shell.guarded(() -> asked.complete(snapshot())));
            CompletableFuture.anyOf(asked, ended).get(STATUS_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            LOG.warn("{}: status is not available: {}", name(), e.toString());
        }
        return lastStatus;
    }

    @Override
    public CompletableFuture<OutOfSyncMap> outOfSyncMap(int cells) {
        CompletableFuture<OutOfSyncMap> answer = new CompletableFuture<>();
        Runnable task =
                () -> answer.complete(closing ? OutOfSyncMap.UNKNOWN : statusSource.map(cells));
        try {
            parts.loop().execute(() -> shell.guarded(task));
        } catch (RejectedExecutionException e) {
            answer.complete(OutOfSyncMap.UNKNOWN);
        }
        return answer;
    }

    /** What is so now, on the event loop; from the end on, what was so at the end. */
    private VolumeStatus snapshot() {
        if (!closing) {
            lastStatus = statusSource.now();
        }
        return lastStatus;
    }

    @Override
    public CompletableFuture<CommandResult> promote(boolean force) {
        return command(force ? CommandKind.PROMOTE_FORCE : CommandKind.PROMOTE);
    }

    @Override
    public CompletableFuture<CommandResult> demote(boolean force) {
        DeviceHost device = frontEnds.device();
        if (force || device == null) {
            return command(force ? CommandKind.DEMOTE_FORCE : CommandKind.DEMOTE);
        }
        return device.hold()
                .thenCompose(
                        hold ->
                                hold.held()
                                        ? command(CommandKind.DEMOTE)
                                        : CompletableFuture.completedFuture(notHeld(hold)))
                .whenComplete((result, failure) -> device.letGo());
    }

    private CommandResult notHeld(DeviceHost.Hold hold) {
        String device = "the device of " + name();
        return hold.users().isEmpty()
                ? new CommandResult(
                        false,
                        DEVICE_NOT_KNOWN,
                        "cannot tell who uses " + device + ": " + hold.problem())
                : new CommandResult(false, DEVICE_IN_USE, device + " is in use: " + hold.users());
    }

    @Override
    public CompletableFuture<CommandResult> connect(ConnectMode mode) {
        return command(
                switch (mode) {
                    case NORMAL -> CommandKind.CONNECT;
                    case DISCARD_MY_DATA -> CommandKind.CONNECT_DISCARD_MY_DATA;
                    case TENTATIVE -> CommandKind.CONNECT_TENTATIVE;
                });
    }

    @Override
    public CompletableFuture<CommandResult> disconnect() {
        return command(CommandKind.DISCONNECT);
    }

    private FencePeer fencePeer(long session) {
        WitnessAddress witness = parts.options().witness();
        if (witness == null) {
            return FencePeer.byHandlers(handlers);
        }
        WitnessClient client =
                new WitnessClient(parts.loop(), witness, parts.tls().current(), this::broken);
        return new WitnessedPeer(client, name(), session);
    }

    @Override
    public CompletableFuture<CommandResult> io(IoCommand what) {
        return command(
                switch (what) {
                    case SUSPEND -> CommandKind.SUSPEND_IO;
                    case RESUME -> CommandKind.RESUME_IO;
                    case OUTDATE -> CommandKind.OUTDATE;
                });
    }

    @Override
    public CompletableFuture<CommandResult> sync(SyncCommand what) {
        return command(
                switch (what) {
                    case PAUSE -> CommandKind.PAUSE_SYNC;
                    case RESUME -> CommandKind.RESUME_SYNC;
                    case INVALIDATE -> CommandKind.INVALIDATE;
                    case INVALIDATE_REMOTE -> CommandKind.INVALIDATE_REMOTE;
                    case SKIP_FIRST_COPY -> CommandKind.NEW_GENERATION;
                });
    }

    @Override
    public CompletableFuture<CommandResult> detach(boolean force) {
        return command(force ? CommandKind.DETACH_FORCE : CommandKind.DETACH);
    }

    @Override
    public CompletableFuture<CommandResult> attach() {
        return onLoop(answer -> disks.attach(this::attach, answer));
    }

    private boolean attach(AttachedMetadata found, CompletableFuture<CommandResult> answer) {
        boolean attached = shell.attach(commands.begin(answer), found);
        if (attached) {
            grower.attached(found.layout());
        }
        return attached;
    }

    @Override
    public CompletableFuture<CommandResult> adjust(VolumeOptions options) {
        return onLoop(
                answer -> {
                    handlers.use(options);
                    shell.adjust(VolumeFactory.config(options, parts.config()));
                    answer.complete(new CommandResult(true, "adjusted", "taken over"));
                });
    }

    @Override
    public CompletableFuture<CommandResult> resize(long volumeBytes, boolean assumeClean) {
        ResizeRequest request = new ResizeRequest(volumeBytes, assumeClean);
        return onLoop(answer -> shell.resize(commands.begin(answer), request));
    }

    @Override
    public CompletableFuture<CommandResult> verify(VerifyOrder order) {
        return onLoop(answer -> shell.verify(commands.begin(answer), order));
    }

    @Override
    public CompletableFuture<CommandResult> refreshCertificates() {
        return CompletableFuture.supplyAsync(certificates::look, CertificateWatch.executor())
                .thenCompose(
                        look ->
                                onLoop(
                                        answer -> {
                                            taken(look);
                                            answer.complete(certificates.result(look));
                                        }));
    }

    private void takeSoon(LiveTls.Look look) {
        var unused = onLoop(answer -> taken(look));
    }

    /** What the files say now counts. */
    private void taken(LiveTls.Look look) {
        certificates.apply(look);
        eventsHappened();
    }

    /** Who makes connections, or has some. */
    private void useTls(PeerTls renewed) {
        LinkKeeper keeper = linkKeeper;
        if (keeper != null) {
            keeper.useTls(renewed);
        }
        frontEnds.useTls(renewed);
        fencePeer.useTls(renewed);
    }

    private CompletableFuture<CommandResult> command(CommandKind kind) {
        return onLoop(answer -> shell.command(commands.begin(kind, answer), kind));
    }

    private CompletableFuture<CommandResult> onLoop(
            Consumer<CompletableFuture<CommandResult>> command) {
        CompletableFuture<CommandResult> answer = new CompletableFuture<>();
        Runnable task =
                () -> {
                    if (closing) {
                        answer.complete(CLOSED);
                    } else {
                        command.accept(answer);
                    }
                };
        try {
            parts.loop().execute(() -> shell.guarded(task));
        } catch (RejectedExecutionException e) {
            answer.complete(CLOSED);
        }
        return answer;
    }

    @Override
    public CompletableFuture<Void> read(long offsetBytes, ByteBuffer target) {
        return calls.read(offsetBytes, target);
    }

    @Override
    public CompletableFuture<Void> write(long offsetBytes, ByteBuffer source, boolean fua) {
        return calls.write(offsetBytes, source, fua);
    }

    @Override
    public CompletableFuture<Void> flush() {
        return calls.ranged(Operation.FLUSH, 0, 0);
    }

    @Override
    public CompletableFuture<Void> trim(long offsetBytes, long lengthBytes) {
        return calls.ranged(Operation.TRIM, offsetBytes, lengthBytes);
    }

    @Override
    public CompletableFuture<Void> zero(long offsetBytes, long lengthBytes) {
        return calls.ranged(Operation.ZERO, offsetBytes, lengthBytes);
    }

    @Override
    public void addListener(VolumeListener listener) {
        parts.journal().addListener(listener);
    }

    @Override
    public void close() {
        if (parts.loop().inEventLoop()) {
            throw new IllegalStateException("close() blocks: not on the event loop");
        }
        if (!ended.isDone()) {
            if (leavesDevice()) {
                endAtOnce();
            } else {
                String problem = started.isDone() ? endInOrder() : "it was never started";
                if (!problem.isEmpty()) {
                    LOG.warn(
                            "{}: does not end in order, the disk keeps its unclean mark: {}",
                            name(),
                            problem);
                    endAtOnce();
                }
            }
        }
        grower.close();
        boolean stopped =
                parts.group()
                        .shutdownGracefully(0, 5, TimeUnit.SECONDS)
                        .awaitUninterruptibly(10, TimeUnit.SECONDS);
        if (!stopped) {
            LOG.warn("{}: the event loop has not ended: the disk does not answer", name());
        }
    }

    /** Waits until the engine has ended; why it has not, or an empty text. */
    private String endInOrder() {
        CompletableFuture<String> problem = new CompletableFuture<>();
        var unused = ended.thenRun(() -> problem.complete(""));
        unused =
                command(CommandKind.SHUTDOWN)
                        .thenAccept(
                                result -> {
                                    if (!result.accepted() && !result.equals(CLOSED)) {
                                        problem.complete(result.reason());
                                    }
                                });
        try {
            return problem.get(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the thread that closes it was interrupted";
        } catch (ExecutionException e) {
            return String.valueOf(e.getCause());
        } catch (TimeoutException e) {
            return "it took more than " + CLOSE_TIMEOUT_SECONDS + " s";
        }
    }

    /**
     * Leaves a device that is in use in the kernel, if it can be: whoever has mounted it waits for
     * the next process. Then the node ends as if it were killed: it stays marked as Primary.
     */
    private boolean leavesDevice() {
        DeviceHost device = frontEnds.device();
        if (device == null) {
            return false;
        }
        try {
            DeviceHost.Hold hold = device.hold().get(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (hold.held()) {
                return false;
            }
            String users = hold.users().isEmpty() ? "perhaps: " + hold.problem() : hold.users();
            String kind = device.kindThatStays().get(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            if (kind.isEmpty()) {
                LOG.warn("{}: the device is taken away although it is in use: {}", name(), users);
                return false;
            }
            LOG.info("{}: the device stays, it is in use: {}; promote again", name(), users);
            frontEnds.leaveDevice().get(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("{}: what becomes of the device is not known: {}", name(), e.toString());
        }
        return false;
    }

    private void endAtOnce() {
        CompletableFuture<Void> let = new CompletableFuture<>();
        try {
            parts.loop()
                    .execute(
                            () -> {
                                release();
                                let.complete(null);
                            });
            boolean interrupted = Thread.interrupted();
            try {
                let.get(RELEASE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            LOG.warn("{}: could not let go of everything: {}", name(), e.toString());
        }
    }

    private String name() {
        return parts.options().resource();
    }

    // ---- what the shell tells its owner

    @Override
    public void wantLink(boolean wanted) {
        LinkKeeper keeper = linkKeeper;
        if (keeper != null) {
            keeper.want(wanted && !closing);
        }
    }

    @Override
    public void serve(boolean serving, boolean continued) {
        frontEnds.serve(serving, continued);
    }

    @Override
    public void dismissClients() {
        var unused =
                frontEnds.dismissClients().thenAcceptAsync(shell::clientsDismissed, parts.loop());
    }

    @Override
    public void releaseDisk() {
        disks.release();
    }

    @Override
    public void fencePeer(long token, long generation) {
        fencePeer.fence(token, generation, this::fenced);
    }

    @Override
    public void unfencePeer(long token) {
        fencePeer.unfence(token, this::fenced);
    }

    private void fenced(long token, int exitCode, String detail) {
        try {
            parts.loop().execute(() -> shell.fenced(token, exitCode, detail));
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: closed before {} was answered", name(), token);
        }
    }

    @Override
    public void prepareTarget(long token, boolean keep, boolean whole) {
        targetPreparer.prepare(
                TargetPreparer.discarded(replica, keep, whole),
                (done, detail) -> prepared(token, done, detail));
    }

    private void prepared(long token, boolean done, String detail) {
        try {
            parts.loop().execute(() -> shell.prepared(token, done, detail));
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: closed before {} was prepared", name(), token);
        }
    }

    @Override
    public void callHandler(Handler handler) {
        handlers.call(handler);
    }

    @Override
    public void growDisk(
            long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {
        var unused =
                grower.take(step, volumeBytes, newBytes, zero)
                        .thenAcceptAsync(result -> shell.grown(token, result), parts.loop());
    }

    @Override
    public void resized(long volumeBytes) {
        frontEnds.resized();
    }

    @Override
    public void commandDone(long token, CommandResult result) {
        commands.done(token, result);
    }

    @Override
    public void closed() {
        // The device goes first: while it does, the kernel may still ask for something.
        var unused = frontEnds.settled().whenCompleteAsync((r, e) -> release(), parts.loop());
    }

    @Override
    public void broken(Throwable cause) {
        LOG.error("{}: a broken invariant or another bug: {}", name(), cause.toString(), cause);
        for (VolumeEvent event : parts.journal().recent()) {
            LOG.error("{}: before that: {} [{}]", name(), event.reason(), event.rule());
        }
        bug = cause;
        // The handler halts a daemon at once; closing a hung disk first could take for ever.
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
        release();
    }

    @Override
    public void eventsHappened() {
        parts.journal().tell(statusSource::now);
    }

    @Override
    public void ticked(long nowNs) {
        statusSource.sample(nowNs);
    }

    /** Lets everything go, on the event loop; whatever goes wrong, the rest is let go, too. */
    private void release() {
        if (closing) {
            return;
        }
        attempt("status", this::snapshot);
        closing = true;
        attempt("certificates", certificates::close);
        attempt("fencing", fencePeer::close);
        attempt("front ends", frontEnds::abandon);
        LinkKeeper keeper = linkKeeper;
        if (keeper != null) {
            attempt("link", () -> keeper.want(false));
        }
        shell.end();
        attempt("calls", calls::failAll);
        commands.answerAll(CLOSED);
        IoRegistration polled = registration;
        if (polled != null) {
            attempt("disk queue's registration", polled::cancel);
        }
        attempt("disk", disks::close);
        attempt("disk queue", parts.queue()::close);
        ended.complete(null);
    }

    private void attempt(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            LOG.error("{}: letting go of the {}", name(), what, e);
        }
    }
}
