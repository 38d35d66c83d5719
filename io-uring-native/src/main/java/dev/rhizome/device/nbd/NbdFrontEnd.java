package dev.rhizome.device.nbd;

import dev.rhizome.core.Limits;
import dev.rhizome.device.DeviceException;
import dev.rhizome.device.DeviceFrontEnd;
import dev.rhizome.device.DeviceLoop;
import dev.rhizome.device.DeviceUsers;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.linux.Capabilities;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.KernelModule;
import dev.rhizome.linux.KernelRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volume as /dev/nbdN, by the kernel's own NBD client.
 *
 * <p>The device outlives the process: it keeps the name of its backend ({@code
 * /sys/block/nbdN/backend}, Linux 5.14), by which the next process of this node and resource finds
 * it and gives it a new connection. The time-outs:
 *
 * <ul>
 *   <li>A request has none ({@code NBD_ATTR_TIMEOUT} 0). With one, the kernel would cut the
 *       connection under a request that a volume holds back for good reason (it waits for the peer
 *       to be fenced, say), and send it again while the first one is still under way.
 *   <li>Without a connection, new requests wait {@value #DEAD_CONNECTION_TIMEOUT_S} s, then they
 *       fail: a restart, also one by hand, takes less, and later nobody comes any more.
 *   <li>Requests that were under way when the connection died are sent again when their timer runs
 *       out the next time after the new connection has come. The kernel's timer is 30 s; {@value
 *       #REQUEST_TIMER_MS} ms make the pause after a restart bearable. (It logs a line, "Possible
 *       stuck request", for each request that is held back, each time.) If no process comes they
 *       wait until the device is disconnected: by the next start, or by {@code nbd-client -d}.
 * </ul>
 *
 * <p>The kernel takes one number for the logical and the physical block: the volume's sector.
 */
public final class NbdFrontEnd implements DeviceFrontEnd {

    static final int DEAD_CONNECTION_TIMEOUT_S = 600;
    static final int REQUEST_TIMER_MS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(NbdFrontEnd.class);
    private static final String MODULE = "nbd";

    /** A connection of a process that has gone is dead within milliseconds. */
    private static final int RECONNECT_ATTEMPTS = 50;

    private static final long PAUSE_MS = 100;

    /** What only looks at a device, like udev, is soon done. */
    private static final int GOODBYE_ATTEMPTS = 20;

    private static final int KIBIBYTE = 1024;

    private final DeviceVolume device;
    private final NbdSockets sockets;
    private final NbdBlockDevices blockDevices = new NbdBlockDevices();

    // Stages of one after the other, on the worker and on the loop.
    private @Nullable DeviceLoop loop;
    private NbdSockets.@Nullable Connection connection;
    private List<Integer> left = List.of();
    private volatile int index = -1;

    /**
     * @param sockets the server that the kernel's client is connected to; it has the volume and the
     *     memory itself
     */
    public NbdFrontEnd(DeviceVolume device, NbdSockets sockets) {
        this.device = device;
        this.sockets = sockets;
    }

    /**
     * Why this machine cannot have such devices, in one line; empty if it can. Loads the module, so
     * it may take a while.
     */
    public static String unavailable() {
        try {
            KernelRelease release = KernelRelease.running();
            if (!release.atLeast(5, 14)) {
                return "it needs Linux 5.14, this is " + release;
            }
            if (!Capabilities.administrator()) {
                return "it needs the capability CAP_SYS_ADMIN";
            }
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
        if (Files.isDirectory(Path.of("/sys/module", MODULE))) {
            return "";
        }
        String why = KernelModule.load(MODULE);
        return why.isEmpty() ? "" : "this kernel has none: " + why;
    }

    @Override
    public String kind() {
        return "nbd";
    }

    @Override
    public boolean outlivesProcess() {
        return true;
    }

    @Override
    public void prepare(boolean continued) throws DeviceException {
        String why = unavailable();
        if (!why.isEmpty()) {
            throw new DeviceException(why);
        }
        if (continued) {
            left = left();
        } else {
            removeLeft();
        }
    }

    @Override
    public void removeLeft() throws DeviceException {
        List<Integer> found = left();
        if (found.isEmpty()) {
            return;
        }
        try (NbdControl control = NbdControl.open()) {
            for (int each : found) {
                control.disconnect(each);
            }
        }
        requireNoneLeft();
    }

    /**
     * A device that is disconnected keeps its backend for as long as somebody has it open or
     * mounted, and a kernel may give it a new connection on demand: nobody may have it then.
     */
    private void requireNoneLeft() throws DeviceException {
        List<Integer> found = left();
        for (int attempt = 0; attempt < GOODBYE_ATTEMPTS && !found.isEmpty(); attempt++) {
            pause();
            found = left();
        }
        if (!found.isEmpty()) {
            throw new DeviceException(stillUsed(node(found.get(0))));
        }
    }

    private static String stillUsed(Path node) {
        List<String> users = List.of();
        try {
            users = new DeviceUsers(node).find();
        } catch (IOException e) {
            LOG.debug("{}: cannot be looked at: {}", node, e.getMessage());
        }
        for (String user : users) {
            if (user.startsWith("mounted on ")) {
                return node + " is still " + user + ": unmount it";
            }
        }
        String who = users.isEmpty() ? "something in the kernel (see lsblk)" : users.get(0);
        return node + " is still used by " + who + ": end that";
    }

    private List<Integer> left() throws DeviceException {
        try {
            return blockDevices.of(backend());
        } catch (IOException e) {
            throw new DeviceException("cannot look for nbd devices: " + e.getMessage());
        }
    }

    @Override
    public void serve(DeviceLoop deviceLoop) {
        loop = deviceLoop;
    }

    @Override
    public Path publish() throws DeviceException {
        boolean tookOver;
        try (NbdControl control = NbdControl.open()) {
            tookOver = takeOver(control);
            if (!tookOver) {
                connect(control);
            }
        }
        if (tookOver) {
            catchUp();
        }
        set("io_timeout", REQUEST_TIMER_MS);
        set("max_sectors_kb", Limits.MAX_REQUEST_BYTES / KIBIBYTE);
        Path node = node(index);
        if (!Files.exists(node)) {
            throw new DeviceException(
                    node + " does not come to be: is /dev mounted, and not another one's?");
        }
        return node;
    }

    /** The volume may have grown while nobody served the device. */
    private void catchUp() {
        try {
            if (blockDevices.sizeBytes(index) < device.volume().sizeBytes()) {
                resize();
            }
        } catch (DeviceException | IOException e) {
            LOG.warn("{}: keeps its size: {}", node(index), e.getMessage());
        }
    }

    /** Whether a device that was left goes on; the others are removed. */
    private boolean takeOver(NbdControl control) throws DeviceException {
        boolean taken = false;
        List<Integer> candidates = left;
        left = List.of();
        for (int candidate : candidates) {
            if (!taken && sameGeometry(candidate) && reconnect(control, candidate)) {
                taken = true;
            } else {
                control.disconnect(candidate);
            }
        }
        return taken;
    }

    private boolean sameGeometry(int candidate) throws DeviceException {
        try {
            // Its volume may have grown while nobody served it.
            return blockDevices.sizeBytes(candidate) <= device.volume().sizeBytes()
                    && blockDevices.blockBytes(candidate) == device.volume().sectorBytes();
        } catch (IOException e) {
            throw new DeviceException("cannot look at " + node(candidate) + ": " + e.getMessage());
        }
    }

    /** Whether the device goes on; false if it was disconnected and only its users hold it. */
    private boolean reconnect(NbdControl control, int candidate) throws DeviceException {
        for (int attempt = 0; attempt < RECONNECT_ATTEMPTS; attempt++) {
            try (SocketPair pair = SocketPair.open()) {
                int errno =
                        control.reconnect(
                                candidate, backend(), DEAD_CONNECTION_TIMEOUT_S, pair.client());
                if (errno == Errno.EINVAL) {
                    return false;
                }
                if (errno != 0) {
                    throw new DeviceException(
                            "the kernel does not reconnect "
                                    + node(candidate)
                                    + ": "
                                    + Errno.text(errno));
                }
                if (pair.clientTaken()) {
                    serveConnection(candidate, pair);
                    return true;
                }
            }
            pause();
        }
        throw new DeviceException(
                node(candidate) + " is connected to another process: end that one first");
    }

    private static void pause() throws DeviceException {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException("interrupted while an nbd device was being taken over");
        }
    }

    private void connect(NbdControl control) throws DeviceException {
        try (SocketPair pair = SocketPair.open()) {
            int made = control.connect(export(), pair.client());
            // If not, somebody has disconnected it already, and the server is told at once.
            pair.clientTaken();
            serveConnection(made, pair);
        }
    }

    private NbdControl.Export export() {
        return new NbdControl.Export(
                device.volume().sizeBytes(),
                device.volume().sectorBytes(),
                sockets.transmissionFlags(),
                DEAD_CONNECTION_TIMEOUT_S,
                backend());
    }

    private void serveConnection(int number, SocketPair pair) {
        index = number;
        connection = sockets.adopt(pair.takeServer(), this::onClosed);
    }

    private void onClosed() {
        int closed = index;
        DeviceLoop told = loop;
        if (closed >= 0 && told != null) {
            told.failed(node(closed) + " was disconnected, and not by rhizome");
        }
    }

    /** The device works without these; it is then slower to recover, or has smaller requests. */
    private void set(String name, long value) {
        try {
            blockDevices.setQueue(index, name, value);
        } catch (IOException e) {
            LOG.warn("{}: cannot set {} to {}: {}", node(index), name, value, e.getMessage());
        }
    }

    @Override
    public void resize() throws DeviceException {
        try (NbdControl control = NbdControl.open()) {
            control.resize(index, backend(), device.volume().sizeBytes());
        }
    }

    @Override
    public void submit() {
        // The server answers for itself.
    }

    @Override
    public void withdraw() throws DeviceException {
        int withdrawn = index;
        index = -1;
        // By now somebody may have disconnected it and have the number for another one's device.
        if (withdrawn < 0 || !left().contains(withdrawn)) {
            return;
        }
        try (NbdControl control = NbdControl.open()) {
            control.disconnect(withdrawn);
        }
    }

    @Override
    public void leave() {
        // The connection dies with the process, or with close(), and the device waits.
        index = -1;
    }

    @Override
    public void close() {
        index = -1;
        NbdSockets.Connection served = connection;
        connection = null;
        if (served != null) {
            served.close();
        }
    }

    /** What marks the devices of this node and resource, in sysfs and in the kernel's log. */
    private String backend() {
        return backend(device.node(), device.resource());
    }

    private static String backend(String node, String resource) {
        return "rhizome:" + node + "/" + resource;
    }

    /** Whether a node is that of a device of this resource, of whichever node. */
    public static boolean serves(Path node, String resource) {
        String marked = new NbdBlockDevices().backend(node);
        return marked.startsWith("rhizome:") && marked.endsWith("/" + resource);
    }

    private static Path node(int number) {
        return Path.of("/dev/nbd" + number);
    }
}
