package dev.rhizome.daemon.resource;

import dev.rhizome.core.role.Role;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.ConnectMode;
import dev.rhizome.replicator.IoCommand;
import dev.rhizome.replicator.OutOfSyncMap;
import dev.rhizome.replicator.ReplicatedVolume;
import dev.rhizome.replicator.SyncCommand;
import dev.rhizome.replicator.VolumeEvent;
import dev.rhizome.replicator.VolumeException;
import dev.rhizome.replicator.VolumeOptions;
import dev.rhizome.replicator.VolumeStatus;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One resource of this node: its volume while it is up. Opening and closing block, so they run one
 * after the other on the resource's own worker; the rest goes straight to the volume.
 */
public final class ManagedResource {
    private static final Logger LOG = LoggerFactory.getLogger(ManagedResource.class);

    private static final int MAX_WAITING_COMMANDS = 8;
    private static final long WORKER_IDLE_SECONDS = 5;

    private volatile VolumeOptions options;
    private final VolumeOpener opener;
    private final List<ResourceListener> listeners;
    private final ThreadPoolExecutor worker;
    private volatile @Nullable ReplicatedVolume volume;
    private volatile int opened;
    private volatile boolean ended;
    private volatile String downReason = "not brought up yet";

    ManagedResource(VolumeOptions options, VolumeOpener opener, List<ResourceListener> listeners) {
        this.options = options;
        this.opener = opener;
        this.listeners = listeners;
        worker =
                new ThreadPoolExecutor(
                        1,
                        1,
                        WORKER_IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(MAX_WAITING_COMMANDS),
                        task -> new Thread(task, "resource-" + options.resource()));
        worker.allowCoreThreadTimeOut(true);
    }

    /** The resource's name. */
    public String name() {
        return options.resource();
    }

    /** What is so now. */
    public ResourceStatus status() {
        ReplicatedVolume open = volume;
        return open == null
                ? new ResourceStatus(name(), options.node(), null, downReason)
                : up(open.status());
    }

    /** {@link ReplicatedVolume#roundTrip}; at once while it is down. */
    public CompletableFuture<Void> roundTrip() {
        ReplicatedVolume open = volume;
        return open == null ? CompletableFuture.completedFuture(null) : open.roundTrip();
    }

    /** {@link ReplicatedVolume#outOfSyncMap}; not known while it is down. */
    public CompletableFuture<OutOfSyncMap> outOfSyncMap(int cells) {
        ReplicatedVolume open = volume;
        return open == null
                ? CompletableFuture.completedFuture(OutOfSyncMap.UNKNOWN)
                : open.outOfSyncMap(cells);
    }

    private ResourceStatus up(VolumeStatus status) {
        return new ResourceStatus(name(), options.node(), status, "");
    }

    private void tell(String rule, String reason, ResourceStatus status) {
        for (ResourceListener listener : listeners) {
            listener.onEvent(rule, reason, status);
        }
    }

    /** Opens the volume; nothing to do if it is up. */
    public CompletableFuture<CommandResult> up() {
        return onWorker(this::open);
    }

    /**
     * Closes the volume; nothing to do if it is down. Refused while its device is in use: whoever
     * uses it would get errors.
     */
    public CompletableFuture<CommandResult> down() {
        return onWorker(
                () -> {
                    CommandResult demoted = demote(false).join();
                    boolean inUse =
                            demoted.rule().equals(ReplicatedVolume.DEVICE_IN_USE)
                                    || demoted.rule().equals(ReplicatedVolume.DEVICE_NOT_KNOWN);
                    return inUse ? demoted : shut("taken down by command");
                });
    }

    /** Has other options from the next time on that it is brought up. */
    void use(VolumeOptions others) {
        options = others;
    }

    /** How often it has been opened. */
    public int opened() {
        return opened;
    }

    /** {@link ReplicatedVolume#adjust}; if it is down, as {@link #use}. */
    public CompletableFuture<CommandResult> adjust(VolumeOptions others) {
        ReplicatedVolume open = volume;
        if (open == null) {
            use(others);
            return CompletableFuture.completedFuture(
                    new CommandResult(true, "adjusted", "counts once it is up"));
        }
        return open.adjust(others)
                .thenApply(
                        result -> {
                            if (result.accepted()) {
                                use(others);
                            }
                            return result;
                        });
    }

    /**
     * Closes the volume, and opens it with other options; if it is down, it stays so. Not on a
     * Primary: its clients would be ended.
     */
    public CompletableFuture<CommandResult> reopen(VolumeOptions others) {
        return onWorker(
                () -> {
                    ReplicatedVolume open = volume;
                    if (open == null) {
                        use(others);
                        return new CommandResult(true, "adjusted", "counts once it is up");
                    }
                    if (open.status().role() == Role.PRIMARY) {
                        return refused(
                                "is-primary",
                                name()
                                        + " is Primary here, and its clients would be ended; make"
                                        + " it Secondary first");
                    }
                    CommandResult shut = shut("closed to take other options over");
                    use(others);
                    return shut.accepted() ? open() : shut;
                });
    }

    /** {@link ReplicatedVolume#promote}. */
    public CompletableFuture<CommandResult> promote(boolean force) {
        return onVolume(open -> open.promote(force));
    }

    /** {@link ReplicatedVolume#demote}. */
    public CompletableFuture<CommandResult> demote(boolean force) {
        return onVolume(open -> open.demote(force));
    }

    /** {@link ReplicatedVolume#resize}. */
    public CompletableFuture<CommandResult> resize(long volumeBytes, boolean assumeClean) {
        return onVolume(open -> open.resize(volumeBytes, assumeClean));
    }

    /** {@link ReplicatedVolume#connect}. */
    public CompletableFuture<CommandResult> connect(ConnectMode mode) {
        return onVolume(open -> open.connect(mode));
    }

    /** {@link ReplicatedVolume#disconnect}. */
    public CompletableFuture<CommandResult> disconnect() {
        return onVolume(ReplicatedVolume::disconnect);
    }

    /** {@link ReplicatedVolume#refreshCertificates}. */
    public CompletableFuture<CommandResult> refreshCertificates() {
        return onVolume(ReplicatedVolume::refreshCertificates);
    }

    /** {@link ReplicatedVolume#detach}. */
    public CompletableFuture<CommandResult> detach(boolean force) {
        return onVolume(open -> open.detach(force));
    }

    /** {@link ReplicatedVolume#attach}. */
    public CompletableFuture<CommandResult> attach() {
        return onVolume(ReplicatedVolume::attach);
    }

    /**
     * Takes a new disk in place of the old one, under the name that the configuration has: lets the
     * old one go, makes fresh metadata for a volume of the same size, and attaches it; the peer's
     * data is then copied.
     *
     * @param force overwrite what looks like a file system or like metadata
     */
    public CompletableFuture<CommandResult> replace(boolean force) {
        return onWorker(
                () -> {
                    ReplicatedVolume open = volume;
                    long bytes = open == null ? 0 : open.status().sizeBytes();
                    CommandResult detached = detach(false).join();
                    if (!detached.accepted()) {
                        return detached;
                    }
                    try {
                        opener.createMetadata(options.place(), bytes, force);
                    } catch (VolumeException e) {
                        return refused("create-md-failed", String.valueOf(e.getMessage()));
                    }
                    return attach().join();
                });
    }

    /** {@link ReplicatedVolume#verify}. */
    public CompletableFuture<CommandResult> verify(VerifyOrder order) {
        return onVolume(open -> open.verify(order));
    }

    /** {@link ReplicatedVolume#io}. */
    public CompletableFuture<CommandResult> io(IoCommand what) {
        return onVolume(open -> open.io(what));
    }

    /** {@link ReplicatedVolume#sync}. */
    public CompletableFuture<CommandResult> sync(SyncCommand what) {
        return onVolume(open -> open.sync(what));
    }

    /** Ends the resource for good: it is closed and stays so. */
    void close() {
        ended = true;
        worker.shutdown();
        shut("the daemon is stopping");
    }

    private CompletableFuture<CommandResult> onVolume(
            Function<ReplicatedVolume, CompletableFuture<CommandResult>> command) {
        ReplicatedVolume open = volume;
        if (open == null) {
            return CompletableFuture.completedFuture(
                    refused("resource-down", name() + " is down: " + downReason));
        }
        return command.apply(open);
    }

    private CompletableFuture<CommandResult> onWorker(Supplier<CommandResult> task) {
        try {
            return CompletableFuture.supplyAsync(task, worker);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(
                    refused("busy", name() + " has too many commands waiting; try again"));
        }
    }

    private synchronized CommandResult open() {
        if (ended) {
            return refused("stopping", "the daemon is stopping");
        }
        if (volume != null) {
            return new CommandResult(true, "already-up", name() + " is up already");
        }
        downReason = "it is being opened";
        try {
            ReplicatedVolume volumeOpened = opener.open(options);
            volumeOpened.addListener(
                    (event, status) -> {
                        log(event);
                        tell(event.rule(), event.reason(), up(status));
                    });
            volume = volumeOpened;
            opened++;
            CommandResult result =
                    new CommandResult(true, "up", name() + " is up on " + options.disk());
            tell(result.rule(), result.reason(), status());
            return result;
        } catch (VolumeException e) {
            downReason = String.valueOf(e.getMessage());
            LOG.error("{} stays down: {}", name(), downReason);
            tell("open-failed", downReason, status());
            return refused("open-failed", downReason);
        }
    }

    private void log(VolumeEvent event) {
        if (EventWarnings.RULES.contains(event.rule())) {
            LOG.warn("{}: {} ({})", name(), event.reason(), event.rule());
        } else {
            LOG.info("{}: {} ({})", name(), event.reason(), event.rule());
        }
    }

    private synchronized CommandResult shut(String reason) {
        ReplicatedVolume open = volume;
        if (open == null) {
            return new CommandResult(true, "already-down", name() + " is down already");
        }
        downReason = reason;
        open.close();
        volume = null;
        LOG.info("{} is down: {}", name(), reason);
        tell("down", reason, status());
        return new CommandResult(true, "down", name() + " is down");
    }

    private static CommandResult refused(String rule, String reason) {
        return new CommandResult(false, rule, reason);
    }
}
