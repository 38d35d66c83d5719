package dev.rhizome.device.fuse;

import dev.rhizome.device.DeviceException;
import dev.rhizome.device.DeviceFrontEnd;
import dev.rhizome.device.DeviceLoop;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A loop device on a file system of one file that this process serves through /dev/fuse: a block
 * device on every kernel that has FUSE and loop devices (Linux 5.8 on), which is all of them.
 *
 * <p>It ends with this process: what is mounted on it gets errors then.
 */
public final class FuseFrontEnd implements DeviceFrontEnd {
    private static final int NONE = -1;

    private final DeviceVolume device;
    private final String fileName;
    private int connectionFd = NONE;
    private int mountFd = NONE;

    /** The file's place (O_PATH): asking for its size makes the kernel ask us. */
    private int placeFd = NONE;

    private @Nullable LoopDevice loopDevice;
    private @Nullable FuseConnection connection;
    private @Nullable DeviceLoop loop;

    /** For one stay as Primary. */
    public FuseFrontEnd(DeviceVolume device) {
        this.device = device;
        fileName = "rhizome-" + device.resource();
    }

    /** Why this machine cannot have one, one line; empty if it can. */
    public static String unavailable() {
        for (String needed : new String[] {"/dev/fuse", "/dev/loop-control"}) {
            if (!Files.exists(Path.of(needed))) {
                return needed + " is not there";
            }
            if (!Files.isWritable(Path.of(needed))) {
                return needed + " cannot be opened: it needs root";
            }
        }
        return "";
    }

    @Override
    public String kind() {
        return "fuse";
    }

    @Override
    public boolean outlivesProcess() {
        return false;
    }

    @Override
    public void removeLeft() {
        // A loop device whose process has died fails all that it is asked for, and clears itself.
    }

    @Override
    public void prepare(boolean continued) throws DeviceException {
        connectionFd = FuseMount.openDevice();
        mountFd = FuseMount.mount(connectionFd, fileName);
    }

    @Override
    public void serve(DeviceLoop onLoop) {
        loop = onLoop;
        FuseConnection served = new FuseConnection(connectionFd, fileName, device, onLoop);
        connection = served;
        onLoop.poll(connectionFd, served::drain);
        // The kernel's first request may have been there before the polling was.
        onLoop.execute(served::drain);
    }

    @Override
    public Path publish() throws DeviceException {
        int file = FuseMount.openFile(mountFd, fileName);
        try {
            placeFd = FuseMount.openPlace(mountFd, fileName);
            LoopDevice bound =
                    LoopDevice.bind(
                            file,
                            device.volume().sectorBytes(),
                            loopName(device.resource(), device.node()));
            loopDevice = bound;
            return bound.path();
        } finally {
            LibC.CALLS.close(file);
            closeMount();
        }
    }

    @Override
    public void resize() throws DeviceException {
        LoopDevice bound = loopDevice;
        if (bound == null) {
            return;
        }
        int told = new FuseAnswers(connectionFd).attributesChanged(FuseMessage.FILE);
        if (told < 0) {
            throw new DeviceException("the kernel does not look anew: " + Errno.text(told));
        }
        FuseMount.requestAttributes(placeFd);
        bound.takeNewSize();
    }

    @Override
    public void submit() {
        // Answers go out one by one: the kernel takes no more than one with a call.
    }

    @Override
    public void withdraw() {
        if (loopDevice != null) {
            loopDevice.clear();
            loopDevice = null;
        }
        if (placeFd != NONE) {
            LibC.CALLS.close(placeFd);
            placeFd = NONE;
        }
        closeMount();
    }

    @Override
    public void leave() {
        withdraw();
    }

    private static String loopName(String resource, String node) {
        return "rhizome " + resource + " on " + node;
    }

    /**
     * Whether a node is that of a loop device of this resource that another node of this machine
     * has.
     */
    public static boolean othersServe(Path node, String resource, String self) {
        String name = LoopDevice.nameOf(node);
        return name.startsWith(loopName(resource, ""))
                && !name.equals(LoopDevice.kept(loopName(resource, self)));
    }

    private void closeMount() {
        if (mountFd != NONE) {
            LibC.CALLS.close(mountFd);
            mountFd = NONE;
        }
    }

    @Override
    public void close() {
        if (loop != null) {
            loop.unpoll();
        }
        if (connection != null) {
            connection.close();
            connection = null;
        }
        if (connectionFd != NONE) {
            LibC.CALLS.close(connectionFd);
            connectionFd = NONE;
        }
    }
}
