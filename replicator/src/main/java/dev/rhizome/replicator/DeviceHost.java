package dev.rhizome.replicator;

import dev.rhizome.device.DeviceClaim;
import dev.rhizome.device.DeviceException;
import dev.rhizome.device.DeviceFrontEnd;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.nbd.NbdSockets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The block device of one stay as Primary: made, linked, and taken away again. What may wait for
 * the kernel runs on a worker of its own, one step after the other, since the event loop serves
 * what the kernel asks meanwhile.
 */
final class DeviceHost {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);

    /** Requests that a device has under way at most. */
    static final int MAX_REQUESTS = 512;

    /** Of them, those with data. */
    private static final int MAX_TRANSFERS = 256;

    private final LocalVolume.Parts parts;
    private final Shell shell;
    private final DeviceVolume device;
    private final DeviceLink link;
    private final NbdSockets sockets;
    private final ExecutorService worker;
    private volatile @Nullable DeviceStatus status;
    private volatile @Nullable DeviceFrontEnd frontEnd;
    // The worker's.
    private @Nullable DeviceClaim claim;

    /**
     * @param worker runs one step after the other, those of earlier stays before
     */
    DeviceHost(
            LocalVolume.Parts parts, Shell shell, int physicalBlockBytes, ExecutorService worker) {
        this.parts = parts;
        this.shell = shell;
        VolumeOptions options = parts.options();
        device =
                new DeviceVolume(
                        options.resource(),
                        options.node(),
                        shell,
                        parts.memories().frontEnds(),
                        physicalBlockBytes,
                        MAX_TRANSFERS);
        link = new DeviceLink(options.deviceDirectory(), options.resource());
        sockets = new KernelClient(parts, shell, MAX_TRANSFERS);
        this.worker = worker;
    }

    /** The device, while there is one. */
    @Nullable DeviceStatus status() {
        return status;
    }

    // ---- from any thread

    /**
     * Makes the device.
     *
     * @param continued whether one that an earlier process has left may go on
     * @return empty when it is there, else why not
     */
    CompletableFuture<String> start(boolean continued) {
        return onWorker(() -> make(continued));
    }

    /**
     * Holds the device so that nobody can begin to use it, before it is to be taken away.
     *
     * @return empty if nobody uses it, else who does
     */
    CompletableFuture<String> hold() {
        return onWorker(this::claim);
    }

    /** It is not taken away after all. */
    void letGo() {
        var unused = onWorker(this::unclaim);
    }

    /** Takes the device away; who uses it gets errors. */
    CompletableFuture<String> stop() {
        return onWorker(() -> end(DeviceFrontEnd::withdraw));
    }

    /** Leaves the device to a later process of this node, if it can be; else the same. */
    CompletableFuture<String> leave() {
        return onWorker(() -> end(DeviceFrontEnd::leave));
    }

    /** Whether the device, if there is one, is such that a later process can take it over. */
    CompletableFuture<String> kindThatStays() {
        return onWorker(
                () -> {
                    DeviceFrontEnd current = frontEnd;
                    return current != null && current.outlivesProcess() ? current.kind() : "";
                });
    }

    /**
     * Removes what an earlier process of this node has left.
     *
     * @return empty, or why something is left
     */
    CompletableFuture<String> removeLeft() {
        return onWorker(() -> removeLeft(DeviceChoice.ALL));
    }

    private interface Step {
        String run() throws DeviceException;
    }

    private CompletableFuture<String> onWorker(Step step) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return step.run();
                        } catch (DeviceException e) {
                            return String.valueOf(e.getMessage());
                        } catch (RuntimeException | Error bug) {
                            parts.loop().execute(() -> shell.onBug(bug));
                            throw bug;
                        }
                    },
                    worker);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture("");
        }
    }

    // ---- on the worker

    private String removeLeft(List<DeviceChoice> kinds) throws DeviceException {
        for (DeviceChoice choice : kinds) {
            choice.make().apply(device, sockets).removeLeft();
        }
        return "";
    }

    private String make(boolean continued) throws DeviceException {
        List<String> problems = new ArrayList<>();
        for (DeviceChoice choice : DeviceChoice.of(parts.options().attach())) {
            String problem = choice.unavailable().get();
            if (problem.isEmpty()) {
                problem = make(choice.make().apply(device, sockets), continued);
            }
            if (problem.isEmpty()) {
                // A device of another kind, from before a change of the configuration.
                return removeLeft(
                        DeviceChoice.ALL.stream()
                                .filter(other -> other.kind() != choice.kind())
                                .toList());
            }
            problems.add(choice.kind().label() + ": " + problem);
        }
        String reason = "no block device (" + String.join("; ", problems) + ")";
        journal("device-failed", reason);
        // The best that there is may be no device, if that is all that was asked for.
        return parts.options().attach() == AttachMode.AUTO ? "" : reason;
    }

    private String make(DeviceFrontEnd made, boolean continued) {
        frontEnd = made;
        try {
            made.prepare(continued);
            onLoop(
                    () -> {
                        shell.device(made::submit);
                        made.serve(new DevicePolling(parts.loop(), shell, this::broken));
                    });
            Path node = made.publish();
            status = new DeviceStatus(made.kind(), node, link.path());
            link.pointTo(node);
            journal("device-attached", link.path() + " is " + node + ", by " + made.kind());
            return "";
        } catch (DeviceException e) {
            end(DeviceFrontEnd::withdraw);
            return String.valueOf(e.getMessage());
        }
    }

    /** Runs a step on the event loop and waits for it. */
    private void onLoop(Runnable step) throws DeviceException {
        try {
            CompletableFuture.runAsync(step, parts.loop()).join();
        } catch (RejectedExecutionException e) {
            throw new DeviceException("the volume is being closed");
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            parts.loop().execute(() -> shell.onBug(cause == null ? e : cause));
            throw new DeviceException("a bug: " + cause);
        }
    }

    private String claim() throws DeviceException {
        DeviceStatus current = status;
        if (current != null && claim == null) {
            claim = DeviceClaim.take(current.node());
        }
        return "";
    }

    private String unclaim() {
        if (claim != null) {
            claim.release();
            claim = null;
        }
        return "";
    }

    private interface Ending {
        void end(DeviceFrontEnd frontEnd);
    }

    private String end(Ending ending) {
        DeviceStatus gone = status;
        status = null;
        DeviceFrontEnd current = frontEnd;
        frontEnd = null;
        if (gone != null) {
            removeLink(gone);
        }
        unclaim();
        if (current == null) {
            return "";
        }
        ending.end(current);
        try {
            onLoop(() -> close(current));
        } catch (DeviceException e) {
            // The loop has ended: nothing polls what is closed here.
            current.close();
        }
        if (gone != null) {
            journal("device-detached", gone.link() + " is gone");
        }
        return "";
    }

    private void close(DeviceFrontEnd current) {
        shell.device(() -> {});
        current.close();
    }

    private void removeLink(DeviceStatus gone) {
        try {
            link.removeFrom(gone.node());
        } catch (IOException e) {
            LOG.warn("{}: the link {} stays: {}", device.resource(), link.path(), e.toString());
        }
    }

    private void journal(String rule, String reason) {
        try {
            parts.loop()
                    .execute(
                            () -> {
                                shell.event(rule, reason);
                                shell.endBatch();
                            });
        } catch (RejectedExecutionException e) {
            LOG.info("{}: {} ({})", device.resource(), reason, rule);
        }
    }

    // ---- on the event loop

    /** The kernel has taken the device away, or does not answer for it. */
    private void broken(String reason) {
        if (status != null) {
            shell.event("device-failed", reason);
            status = null;
        }
    }

    /** Everything ends at once: whoever waits for the device gets errors. */
    void abandon() {
        DeviceFrontEnd current = frontEnd;
        if (current != null) {
            close(current);
        }
    }
}
