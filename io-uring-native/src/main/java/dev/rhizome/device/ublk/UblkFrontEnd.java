package dev.rhizome.device.ublk;

import dev.rhizome.core.Limits;
import dev.rhizome.device.DeviceException;
import dev.rhizome.device.DeviceFrontEnd;
import dev.rhizome.device.DeviceLoop;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.linux.Capabilities;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.KernelModule;
import dev.rhizome.linux.KernelRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volume as /dev/ublkbN, by the kernel's user-space block driver.
 *
 * <p>One queue, served by the event loop. The data of a write are fetched when there is memory for
 * them, what was read is copied when the answer is given; both are copied once, by the kernel.
 *
 * <p>The device outlives the process (user recovery, Linux 6.1): without a server its requests wait
 * for as long as it takes, and the next process of this node and resource, which finds the device
 * by its mark ({@link UblkDevices#owner}), gets those that had been under way once more. It takes
 * the device over, or removes it as soon as its clients can go on no more: nothing waits longer
 * than until then, or until somebody deletes the device.
 *
 * <p>To withdraw it waits until the volume has answered what it has. Users that are left then get
 * errors; the device's number is free again when they are gone.
 */
public final class UblkFrontEnd implements DeviceFrontEnd {

    private static final Logger LOG = LoggerFactory.getLogger(UblkFrontEnd.class);
    private static final String MODULE = "ublk_drv";
    private static final int MAX_DEPTH = 128;

    /** The driver sees at once that a server is gone, but waits for what is under way. */
    private static final long SERVER_GONE_PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    private static final long PAUSE_MS = 100;

    private final DeviceVolume device;
    private final long owner;
    private final long pid = ProcessHandle.current().pid();
    private final Runnable whenReadable = this::onReadable;
    private final Runnable wake = this::wake;

    // Stages one after the other, on the worker and on the loop.
    private @Nullable UblkControl control;
    private @Nullable UblkChannel channel;
    private @Nullable UblkQueue queue;
    private @Nullable DeviceLoop loop;
    private UblkChannel.@Nullable Handler handler;
    private int number = -1;
    private int depth;
    private boolean recovered;
    private boolean failed;
    private volatile boolean withdrawing;

    /** For one stay as Primary. */
    public UblkFrontEnd(DeviceVolume device) {
        this.device = device;
        owner = UblkDevices.owner(device.node(), device.resource());
    }

    /**
     * Why this machine cannot have such devices, in one line; empty if it can. Loads the module, so
     * it may take a while.
     */
    public static String unavailable() {
        try {
            KernelRelease release = KernelRelease.running();
            // Earlier ones can delete a device only by waiting for those who have it mounted.
            if (!release.atLeast(6, 9)) {
                return "it needs Linux 6.9, this is " + release;
            }
            if (!Capabilities.administrator()) {
                return "it needs the capability CAP_SYS_ADMIN";
            }
            if (!Files.exists(Path.of(UblkControl.PATH))) {
                String why = KernelModule.load(MODULE);
                if (!why.isEmpty()) {
                    return "this kernel has none: " + why;
                }
            }
            UblkControl.open().close();
            return "";
        } catch (IOException | DeviceException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public String kind() {
        return "ublk";
    }

    @Override
    public boolean outlivesProcess() {
        return true;
    }

    @Override
    public void removeLeft() throws DeviceException {
        try {
            // Without the capability this node has never made one.
            if (UblkDevices.all().isEmpty() || !Capabilities.administrator()) {
                return;
            }
        } catch (IOException e) {
            throw new DeviceException("cannot look for ublk devices: " + e.getMessage());
        }
        try (UblkControl opened = UblkControl.open()) {
            takeOver(opened, false);
        }
    }

    @Override
    public void prepare(boolean continued) throws DeviceException {
        String why = unavailable();
        if (!why.isEmpty()) {
            throw new DeviceException(why);
        }
        UblkControl opened = UblkControl.open();
        control = opened;
        takeOver(opened, continued);
        if (number < 0) {
            add(opened);
        }
        channel = UblkChannel.open(number, depth);
    }

    /** Finds the devices that were left. One may go on, the others are removed. */
    private void takeOver(UblkControl opened, boolean continued) throws DeviceException {
        try {
            for (int candidate : UblkDevices.all()) {
                UblkDeviceInfo info = opened.find(candidate);
                if (info != null && info.owner() == owner) {
                    takeOver(opened, candidate, continued);
                }
            }
        } catch (IOException e) {
            throw new DeviceException("cannot look for ublk devices: " + e.getMessage());
        }
    }

    private void takeOver(UblkControl opened, int candidate, boolean continued)
            throws DeviceException {
        UblkDeviceInfo info = awaitNoServer(opened, candidate);
        boolean goesOn =
                continued
                        && number < 0
                        && info.state() == UblkDeviceInfo.STATE_QUIESCED
                        && info.queues() == 1
                        && info.hasNeededFeatures()
                        && opened.parameters(candidate).servedBy(UblkParameters.of(device));
        if (!goesOn) {
            opened.stop(candidate);
            opened.deleteSoon(candidate);
            return;
        }
        number = candidate;
        depth = info.depth();
        recovered = true;
        long beganNs = System.nanoTime();
        while (!opened.startRecovery(candidate)) {
            pauseSince(beganNs, candidate, info.pid());
        }
    }

    private static UblkDeviceInfo awaitNoServer(UblkControl opened, int candidate)
            throws DeviceException {
        long beganNs = System.nanoTime();
        UblkDeviceInfo info = opened.info(candidate);
        while (info.state() == UblkDeviceInfo.STATE_LIVE) {
            pauseSince(beganNs, candidate, info.pid());
            info = opened.info(candidate);
        }
        return info;
    }

    private static void pauseSince(long beganNs, int candidate, int server) throws DeviceException {
        if (System.nanoTime() - beganNs > SERVER_GONE_PATIENCE_NS) {
            throw new DeviceException(
                    node(candidate) + " is served by process " + server + ": end that one first");
        }
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException("interrupted while a ublk device was being taken over");
        }
    }

    private void add(UblkControl opened) throws DeviceException {
        depth = Math.min(MAX_DEPTH, device.maxRequests());
        UblkDeviceInfo added =
                opened.add(UblkDeviceInfo.wanted(depth, Limits.MAX_REQUEST_BYTES, owner));
        number = added.number();
        if (!added.hasNeededFeatures()) {
            throw new DeviceException(
                    "this kernel's ublk lacks recovery: its features are 0x"
                            + Long.toHexString(added.features()));
        }
        opened.setParameters(number, UblkParameters.of(device));
    }

    @Override
    public void serve(DeviceLoop deviceLoop) {
        UblkChannel opened = prepared();
        loop = deviceLoop;
        UblkQueue made = new UblkQueue(device, opened, opened.descriptors(), depth, wake);
        queue = made;
        handler = made::onCompletion;
        deviceLoop.poll(opened.pollDescriptor(), whenReadable);
        made.start();
        made.flush();
        // A refusal is there at once; publish() would wait for ever for a tag that is missing.
        onReadable();
    }

    private UblkChannel prepared() {
        UblkChannel opened = channel;
        if (opened == null) {
            throw new IllegalStateException("the device has not been prepared");
        }
        return opened;
    }

    private void onReadable() {
        UblkChannel opened = channel;
        UblkQueue made = queue;
        UblkChannel.Handler told = handler;
        if (opened == null || made == null || told == null) {
            return;
        }
        opened.reap(told);
        made.resume();
        if (made.failure() != 0) {
            fail("the driver refuses " + node(number) + ": " + Errno.text(made.failure()));
        }
        if (made.ended() && !withdrawing) {
            fail(node(number) + " was stopped, and not by rhizome");
        }
    }

    private void fail(String reason) {
        DeviceLoop told = loop;
        if (!failed && told != null) {
            failed = true;
            told.failed(reason);
        }
    }

    /** Memory has been given back: what waited for it goes on as the beginning of a batch. */
    private void wake() {
        UblkChannel opened = channel;
        if (opened != null) {
            opened.signal();
        }
    }

    @Override
    public Path publish() throws DeviceException {
        UblkControl opened = control;
        if (opened == null || failed) {
            throw new DeviceException("the driver does not take the queue of " + node(number));
        }
        if (recovered) {
            opened.endRecovery(number, pid);
            catchUp();
        } else {
            opened.start(number, pid);
        }
        Path node = node(number);
        if (!Files.exists(node)) {
            throw new DeviceException(
                    node + " does not come to be: is /dev mounted, and not another one's?");
        }
        return node;
    }

    /** The volume may have grown while nobody served the device. */
    private void catchUp() {
        try {
            UblkControl opened = control;
            long sectors = device.volume().sizeBytes() >> UblkParameters.SECTOR_SHIFT;
            if (opened != null && opened.parameters(number).deviceSectors() < sectors) {
                resize();
            }
        } catch (DeviceException e) {
            LOG.warn("{}: keeps its size: {}", node(number), e.getMessage());
        }
    }

    @Override
    public void resize() throws DeviceException {
        UblkControl opened = control;
        if (opened != null && number >= 0) {
            opened.updateSize(number, device.volume().sizeBytes() >> UblkParameters.SECTOR_SHIFT);
        }
    }

    @Override
    public void submit() {
        UblkQueue made = queue;
        if (made != null) {
            made.flush();
        }
    }

    @Override
    public void withdraw() throws DeviceException {
        UblkControl opened = control;
        control = null;
        if (opened == null) {
            return;
        }
        withdrawing = true;
        try (opened) {
            UblkDeviceInfo info = number < 0 ? null : opened.find(number);
            // By now somebody may have deleted it and have the number for another one's device.
            if (info != null && info.owner() == owner) {
                opened.stop(number);
                opened.deleteSoon(number);
            }
        }
    }

    @Override
    public void leave() {
        UblkControl opened = control;
        control = null;
        if (opened != null) {
            opened.close();
        }
    }

    @Override
    public void close() {
        UblkChannel opened = channel;
        channel = null;
        UblkQueue made = queue;
        queue = null;
        if (made != null) {
            made.flush();
            made.close();
        }
        if (loop != null) {
            loop.unpoll();
        }
        if (opened != null) {
            opened.close();
        }
    }

    private static Path node(int number) {
        return Path.of("/dev/ublkb" + number);
    }
}
