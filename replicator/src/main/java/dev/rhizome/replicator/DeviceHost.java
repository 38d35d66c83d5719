package dev.rhizome.replicator;

import dev.rhizome.device.DeviceClaim;
import dev.rhizome.device.DeviceException;
import dev.rhizome.device.DeviceFrontEnd;
import dev.rhizome.device.DeviceInUseException;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.fuse.FuseFrontEnd;
import dev.rhizome.device.nbd.NbdFrontEnd;
import dev.rhizome.device.nbd.NbdSockets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
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

    /** The device's node, also when it does not work any more: where the link may point. */
    private volatile @Nullable Path node;

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
                        parts.memories().device(),
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
     * What came of an attempt to have a device to oneself; it is held if both are empty.
     *
     * @param users who uses it
     * @param problem why it is not known who does
     */
    record Hold(String users, String problem) {
        private static final Hold HELD = new Hold("", "");

        boolean held() {
            return users.isEmpty() && problem.isEmpty();
        }
    }

    /** Holds the device so that nobody can begin to use it, before it is to be taken away. */
    CompletableFuture<Hold> hold() {
        return onWorker(this::claim, Hold.HELD, problem -> new Hold("", problem));
    }

    /** It is not taken away after all. */
    void letGo() {
        var unused = onWorker(this::unclaim);
    }

    /** Takes the device away; who uses it gets errors. */
    CompletableFuture<String> stop() {
        return onWorker(() -> end(DeviceFrontEnd::withdraw, false));
    }

    /** Leaves the device to a later process of this node, if it can be; else the same. */
    CompletableFuture<String> leave() {
        return onWorker(
                () -> {
                    DeviceFrontEnd current = frontEnd;
                    boolean stays = status != null && current != null && current.outlivesProcess();
                    return end(DeviceFrontEnd::leave, stays);
                });
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
        return onWorker(
                () -> {
                    removeLeft(DeviceChoice.ALL);
                    return removeStale();
                });
    }

    /** The volume is larger: so is the device, if its kind can be. */
    void resized() {
        var unused = onWorker(this::resize);
    }

    private String resize() {
        DeviceFrontEnd current = frontEnd;
        if (current != null && status != null) {
            try {
                current.resize();
                journal("device-resized", link.path() + " has the volume's new size");
            } catch (DeviceException e) {
                journal(
                        "device-not-resized",
                        link.path() + " keeps its size until it is made anew: " + e.getMessage());
            }
        }
        return "";
    }

    /** Removes a link that an earlier process has left, unless a device is behind it. */
    void removeStaleLink() {
        var unused = onWorker(this::removeStale);
    }

    private interface Step<T> {
        T run() throws DeviceException;
    }

    private CompletableFuture<String> onWorker(Step<String> step) {
        return onWorker(step, "", problem -> problem);
    }

    private <T> CompletableFuture<T> onWorker(
            Step<T> step, T whenEnded, Function<String, T> whenFailed) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return step.run();
                        } catch (DeviceException e) {
                            return whenFailed.apply(String.valueOf(e.getMessage()));
                        } catch (RuntimeException | Error bug) {
                            parts.loop().execute(() -> shell.onBug(bug));
                            throw bug;
                        }
                    },
                    worker);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(whenEnded);
        }
    }

    // ---- on the worker

    private void removeLeft(List<DeviceChoice> kinds) throws DeviceException {
        for (DeviceChoice choice : kinds) {
            choice.make().apply(device, sockets).removeLeft();
        }
    }

    private String removeStale() {
        try {
            link.removeStale(
                    found ->
                            NbdFrontEnd.serves(found, device.resource())
                                    || FuseFrontEnd.othersServe(
                                            found, device.resource(), device.node()));
        } catch (IOException e) {
            LOG.warn("{}: the link {} stays: {}", device.resource(), link.path(), e.toString());
        }
        return "";
    }

    private String make(boolean continued) throws DeviceException {
        List<String> problems = new ArrayList<>();
        for (DeviceChoice choice : DeviceChoice.of(parts.options().attach())) {
            String problem = choice.unavailable().get();
            if (problem.isEmpty()) {
                problem = make(choice, continued);
            }
            if (problem.isEmpty()) {
                return "";
            }
            problems.add(choice.kind().label() + ": " + problem);
        }
        String reason = "no block device (" + String.join("; ", problems) + ")";
        journal("device-failed", reason);
        // The best that there is may be no device, if that is all that was asked for.
        return parts.options().attach() == AttachMode.AUTO ? "" : reason;
    }

    /**
     * Makes a device of one kind.
     *
     * @return empty when it is there, else why this kind cannot be had
     * @throws DeviceException if no device may be made
     */
    private String make(DeviceChoice choice, boolean continued) throws DeviceException {
        DeviceFrontEnd made = choice.make().apply(device, sockets);
        String problem = prepare(made, continued);
        if (problem.isEmpty()) {
            removeOthers(choice);
            problem = publish(made);
        }
        return problem;
    }

    private String prepare(DeviceFrontEnd made, boolean continued) {
        frontEnd = made;
        try {
            made.prepare(continued);
            onLoop(
                    () -> {
                        shell.device(made::submit);
                        made.serve(new DevicePolling(parts.loop(), shell, this::broken));
                    });
            return "";
        } catch (DeviceException e) {
            return undone(e);
        }
    }

    /**
     * A device of another kind, from before a change of the configuration, goes before this one is
     * there: a volume has one device's clients at most.
     */
    private void removeOthers(DeviceChoice choice) throws DeviceException {
        try {
            removeLeft(
                    DeviceChoice.ALL.stream()
                            .filter(other -> other.kind() != choice.kind())
                            .toList());
        } catch (DeviceException e) {
            end(DeviceFrontEnd::leave, false);
            journal("device-failed", "no block device: " + e.getMessage());
            throw e;
        }
    }

    private String publish(DeviceFrontEnd made) {
        try {
            Path published = made.publish();
            node = published;
            status = new DeviceStatus(made.kind(), published, link.path());
            link.pointTo(published);
            journal("device-attached", link.path() + " is " + published + ", by " + made.kind());
            return "";
        } catch (DeviceException e) {
            return undone(e);
        }
    }

    private String undone(DeviceException why) {
        String remark = end(DeviceFrontEnd::withdraw, false);
        return why.getMessage() + (remark.isEmpty() ? "" : "; " + remark);
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

    private Hold claim() throws DeviceException {
        DeviceStatus current = status;
        if (current != null && claim == null) {
            try {
                claim = DeviceClaim.take(current.node());
            } catch (DeviceInUseException e) {
                return new Hold(String.valueOf(e.getMessage()), "");
            }
        }
        return Hold.HELD;
    }

    private String unclaim() {
        if (claim != null) {
            claim.release();
            claim = null;
        }
        return "";
    }

    private interface Ending {
        void end(DeviceFrontEnd frontEnd) throws DeviceException;
    }

    /**
     * Ends this process's part in the device.
     *
     * @param stays whether the device is left to a later process, with its link
     * @return empty, or why the device is not gone
     */
    private String end(Ending ending, boolean stays) {
        boolean worked = status != null;
        status = null;
        DeviceFrontEnd current = frontEnd;
        frontEnd = null;
        if (stays) {
            node = null;
        } else {
            removeLink();
        }
        unclaim();
        if (current == null) {
            return "";
        }
        String problem = "";
        try {
            ending.end(current);
        } catch (DeviceException e) {
            problem = "the device is not gone: " + e.getMessage();
        }
        try {
            onLoop(() -> close(current));
        } catch (DeviceException e) {
            // The loop has ended: nothing polls what is closed here.
            current.close();
        }
        if (!problem.isEmpty()) {
            journal("device-remains", problem);
        } else if (stays) {
            journal("device-left", link.path() + " stays and waits for the next promotion");
        } else if (worked) {
            journal("device-detached", link.path() + " is gone");
        }
        return problem;
    }

    private void close(DeviceFrontEnd current) {
        shell.device(() -> {});
        current.close();
    }

    private String removeLink() {
        Path gone = node;
        node = null;
        if (gone != null) {
            try {
                link.removeFrom(gone);
            } catch (IOException e) {
                LOG.warn("{}: the link {} stays: {}", device.resource(), link.path(), e.toString());
            }
        }
        return "";
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
            // Its number may soon be another one's device.
            var unused = onWorker(this::removeLink);
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
