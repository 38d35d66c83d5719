package dev.rhizome.device.ublk;

import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import dev.rhizome.uring.AlignedBuffer;
import dev.rhizome.uring.IoUringRefusedException;
import dev.rhizome.uring.Ring;
import dev.rhizome.uring.RingSetup;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The driver's control device. Each command waits until the kernel has done it. One thread at a
 * time.
 *
 * <pre>
 *   the command in the submission entry
 *    0  4  the device's number
 *    4  2  queue, -1: none
 *    6  2  length of the memory
 *    8  8  address of the memory, read or written by the command
 *   16  8  a number
 *   24  8  zero
 * </pre>
 */
final class UblkControl implements AutoCloseable {

    static final String PATH = "/dev/ublk-control";

    private static final int URING_CMD = 46;
    private static final int MEMORY_BYTES = 128;
    private static final long NO_QUEUE = 0xffffL << 32;

    private final int fd;
    private final Ring ring;
    private final AlignedBuffer memory = AlignedBuffer.allocate(MEMORY_BYTES);
    private final ByteBuffer view = memory.buffer().order(ByteOrder.nativeOrder());

    private UblkControl(int fd, Ring ring) {
        this.fd = fd;
        this.ring = ring;
    }

    /** Opens it; the module must have been loaded. */
    static UblkControl open() throws DeviceException {
        int fd = LibC.CALLS.open(PATH, LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            throw new DeviceException("cannot open " + PATH + ": " + Errno.text(LibC.errno()));
        }
        try {
            int[] opcodes = {URING_CMD};
            Ring ring = RingSetup.open(1, RingSetup.NO_EVENTS, opcodes, RingSetup.LARGE_ENTRIES);
            return new UblkControl(fd, ring);
        } catch (IoUringRefusedException e) {
            LibC.CALLS.close(fd);
            throw new DeviceException("it needs io_uring: " + e.getMessage());
        }
    }

    /**
     * Makes a device, which has no block device yet.
     *
     * @return what came of it: the number, the features that this kernel has
     */
    UblkDeviceInfo add(UblkDeviceInfo wanted) throws DeviceException {
        wanted.write(view);
        check(
                "refuses a new ublk device",
                command(UblkCommands.ADD_DEVICE, wanted.number(), UblkDeviceInfo.BYTES, 0));
        return UblkDeviceInfo.read(view);
    }

    /** What there is to know of a device, or null if it is gone, or not for us to see. */
    @Nullable UblkDeviceInfo find(int number) throws DeviceException {
        int result = command(UblkCommands.GET_DEVICE_INFO, number, UblkDeviceInfo.BYTES, 0);
        if (result == -Errno.ENODEV || result == -Errno.EPERM || result == -Errno.EACCES) {
            return null;
        }
        check("does not tell of " + name(number), result);
        return UblkDeviceInfo.read(view);
    }

    /** Of a device that must be there. */
    UblkDeviceInfo info(int number) throws DeviceException {
        UblkDeviceInfo info = find(number);
        if (info == null) {
            throw new DeviceException(name(number) + " is gone: somebody has deleted it");
        }
        return info;
    }

    void setParameters(int number, UblkParameters parameters) throws DeviceException {
        parameters.write(view);
        check(
                "does not take the parameters of " + name(number),
                command(UblkCommands.SET_PARAMETERS, number, UblkParameters.BYTES, 0));
    }

    UblkParameters parameters(int number) throws DeviceException {
        view.putInt(0, UblkParameters.BYTES).putInt(4, 0);
        check(
                "does not tell the parameters of " + name(number),
                command(UblkCommands.GET_PARAMETERS, number, UblkParameters.BYTES, 0));
        return UblkParameters.read(view);
    }

    /** Makes the block device; by then its queue is served, as the kernel reads from it. */
    void start(int number, long pid) throws DeviceException {
        check("does not start " + name(number), command(UblkCommands.START_DEVICE, number, 0, pid));
    }

    /** Removes the block device. Waits for the requests that are under way. */
    void stop(int number) throws DeviceException {
        check("does not stop " + name(number), command(UblkCommands.STOP_DEVICE, number, 0, 0));
    }

    /**
     * Removes what is left, as soon as nobody has it open: not us /dev/ublkcN, and not those who
     * still have the block device mounted. To wait for them would be to wait for ever.
     */
    void deleteSoon(int number) throws DeviceException {
        check(
                "does not delete " + name(number),
                command(UblkCommands.DELETE_DEVICE_SOON, number, 0, 0));
    }

    /**
     * Begins to give a device that waits for a server a new one.
     *
     * @return false if the old server is not quite gone
     */
    boolean startRecovery(int number) throws DeviceException {
        int result = command(UblkCommands.START_RECOVERY, number, 0, 0);
        if (result == -Errno.EBUSY) {
            return false;
        }
        check("does not begin the recovery of " + name(number), result);
        return true;
    }

    /** Tells the device's new size. Linux 6.16. */
    void updateSize(int number, long sectors) throws DeviceException {
        check(
                "does not resize " + name(number) + " (that needs Linux 6.16)",
                command(UblkCommands.UPDATE_SIZE, number, 0, sectors));
    }

    /** Lets the device go on; by then its queue is served. */
    void endRecovery(int number, long pid) throws DeviceException {
        check(
                "does not end the recovery of " + name(number),
                command(UblkCommands.END_RECOVERY, number, 0, pid));
    }

    private int command(int command, int number, int memoryBytes, long value) {
        ring.push(URING_CMD, fd, Integer.toUnsignedLong(command), 0, 0, 0, 0);
        ring.command(0, Integer.toUnsignedLong(number) | NO_QUEUE | (long) memoryBytes << 48);
        ring.command(8, memoryBytes == 0 ? 0 : memory.address());
        ring.command(16, value);
        ring.command(24, 0);
        ring.submit();
        while (!ring.hasCompletion()) {
            ring.collect(1);
        }
        int result = ring.completionResult();
        ring.popCompletion();
        return result;
    }

    private static void check(String what, int result) throws DeviceException {
        if (result < 0) {
            throw new DeviceException("the kernel " + what + ": " + Errno.text(result));
        }
    }

    private static String name(int number) {
        return "/dev/ublkb" + number;
    }

    @Override
    public void close() {
        ring.close();
        LibC.CALLS.close(fd);
    }
}
