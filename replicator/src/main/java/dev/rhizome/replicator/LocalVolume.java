package dev.rhizome.replicator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.request.Operation;
import dev.rhizome.uring.Disk;
import dev.rhizome.uring.DiskQueue;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A replica in this process: the engine and its shell on one event loop, behind the public API. */
final class LocalVolume implements ReplicatedVolume, Shell.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);
    private static final long CLOSE_TIMEOUT_SECONDS = 60;
    private static final long STATUS_TIMEOUT_SECONDS = 5;

    /** The parts that {@link VolumeFactory} has opened; this class closes them. */
    record Parts(
            VolumeOptions options,
            ReplicaConfig config,
            Superblock superblock,
            EventLoopGroup group,
            IoEventLoop loop,
            DiskQueue queue,
            Disk disk,
            Turn turn,
            EventJournal journal,
            Memories memories,
            String tlsEngine) {}

    /** Each consumer's own memory. */
    record Memories(
            PayloadMemory engine, PayloadMemory link, PayloadMemory clients, PayloadMemory nbd) {}

    private final Parts parts;
    private final Shell shell;
    private final Replica replica;
    private final ClientCalls calls;
    private final StatusSource statusSource;
    private final Map<Long, CompletableFuture<CommandResult>> commands = new HashMap<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private @Nullable LinkKeeper linkKeeper;
    private @Nullable IoRegistration registration;
    private @Nullable FrontEnd frontEnd;
    private CompletableFuture<String> frontEndReady = CompletableFuture.completedFuture("");
    private long nextCommand;
    private volatile VolumeStatus lastStatus;
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
                        parts.memories().engine(),
                        random::nextLong,
                        parts.superblock());
        calls = new ClientCalls(parts.loop(), shell, parts.memories().clients());
        statusSource = new StatusSource(parts, replica);
        lastStatus = statusSource.now();
    }

    Shell shell() {
        return shell;
    }

    PayloadMemory linkMemory() {
        return parts.memories().link();
    }

    /** Registers the disk queue with the loop, and starts the engine. Not on the event loop. */
    void start(LinkKeeper keeper) throws IOException {
        RingHandle handle = new RingHandle(parts.queue().pollDescriptor(), shell::onDiskReadable);
        Future<IoRegistration> registered = parts.loop().register(handle).awaitUninterruptibly();
        if (!registered.isSuccess()) {
            throw new IOException("the disk queue cannot be polled", registered.cause());
        }
        onLoop(
                        () -> {
                            registration = registered.getNow();
                            registration.submit(EpollIoOps.EPOLLIN);
                            linkKeeper = keeper;
                            shell.start(replica);
                            return keeper;
                        })
                .join();
    }

    private <T> CompletableFuture<T> onLoop(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, parts.loop());
    }

    // ---- the public API

    @Override
    public VolumeStatus status() {
        if (parts.loop().inEventLoop()) {
            return statusSource.now();
        }
        if (ended.isDone()) {
            return lastStatus;
        }
        try {
            lastStatus = onLoop(statusSource::now).get(STATUS_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            LOG.warn("{}: status is not available: {}", name(), e.toString());
        }
        return lastStatus;
    }

    @Override
    public CompletableFuture<CommandResult> promote(boolean force) {
        return command(force ? CommandKind.PROMOTE_FORCE : CommandKind.PROMOTE);
    }

    @Override
    public CompletableFuture<CommandResult> demote() {
        return command(CommandKind.DEMOTE);
    }

    @Override
    public CompletableFuture<CommandResult> connect() {
        return command(CommandKind.CONNECT);
    }

    @Override
    public CompletableFuture<CommandResult> disconnect() {
        return command(CommandKind.DISCONNECT);
    }

    private CompletableFuture<CommandResult> command(CommandKind kind) {
        CompletableFuture<CommandResult> answer = new CompletableFuture<>();
        try {
            parts.loop()
                    .execute(
                            () -> {
                                long token = nextCommand++;
                                commands.put(token, answer);
                                shell.command(token, kind);
                            });
        } catch (RejectedExecutionException e) {
            answer.complete(new CommandResult(false, "closed", "the volume is closed"));
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
            lastStatus = status();
            var unused = command(CommandKind.SHUTDOWN);
            try {
                ended.get(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn(
                        "{}: did not end in order within {} s; the disk keeps its unclean mark",
                        name(),
                        CLOSE_TIMEOUT_SECONDS);
                onLoop(this::release).join();
            }
        }
        parts.group()
                .shutdownGracefully(0, 5, TimeUnit.SECONDS)
                .awaitUninterruptibly(10, TimeUnit.SECONDS);
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
    public void serve(boolean serving) {
        var socket = parts.options().nbdSocket();
        if (socket == null) {
            return;
        }
        FrontEnd current = frontEnd;
        if (serving && current == null) {
            FrontEnd started = new FrontEnd(parts, shell);
            frontEnd = started;
            frontEndReady = started.start(socket);
        } else if (!serving && current != null) {
            frontEnd = null;
            current.stop();
        }
    }

    @Override
    public void commandDone(long token, CommandResult result) {
        CompletableFuture<CommandResult> answer = commands.remove(token);
        if (answer == null) {
            return;
        }
        if (!result.accepted()) {
            answer.complete(result);
            return;
        }
        var unused =
                frontEndReady.whenComplete(
                        (remark, failure) ->
                                answer.complete(
                                        failure == null && remark.isEmpty()
                                                ? result
                                                : new CommandResult(
                                                        true,
                                                        result.rule(),
                                                        result.reason() + "; " + remark)));
    }

    @Override
    public void closed() {
        release();
        ended.complete(null);
    }

    @Override
    public void broken(Throwable bug) {
        LOG.error("{}: a broken invariant or another bug: {}", name(), bug.toString(), bug);
        for (VolumeEvent event : parts.journal().recent()) {
            LOG.error("{}: before that: {} [{}]", name(), event.reason(), event.rule());
        }
        release();
        ended.complete(null);
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, bug);
    }

    @Override
    public void eventsHappened() {
        parts.journal().tell(statusSource::now);
    }

    @Override
    public void ticked(long nowNs) {
        statusSource.sample(nowNs);
    }

    /** Lets everything go, on the event loop. */
    private @Nullable Void release() {
        if (closing) {
            return null;
        }
        closing = true;
        FrontEnd current = frontEnd;
        if (current != null) {
            current.stop();
        }
        LinkKeeper keeper = linkKeeper;
        if (keeper != null) {
            keeper.want(false);
        }
        calls.failAll();
        shell.end();
        IoRegistration polled = registration;
        if (polled != null) {
            polled.cancel();
        }
        for (CompletableFuture<CommandResult> answer : commands.values()) {
            answer.complete(new CommandResult(false, "closed", "the volume was closed"));
        }
        commands.clear();
        parts.disk().close();
        parts.queue().close();
        return null;
    }
}
