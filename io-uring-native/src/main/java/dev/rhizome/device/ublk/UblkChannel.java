package dev.rhizome.device.ublk;

import com.kenai.jffi.MemoryIO;
import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import dev.rhizome.uring.EventDescriptor;
import dev.rhizome.uring.IoUringRefusedException;
import dev.rhizome.uring.Ring;
import dev.rhizome.uring.RingSetup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;

/**
 * The driver's side of a queue: /dev/ublkcN, the descriptors that it shares, and the io_uring by
 * which its commands go. Made on any thread, used on the event loop: the driver takes the thread
 * that offers the tags for the queue's server, and wants no other.
 *
 * <pre>
 *   the command in the submission entry
 *    0  2  queue
 *    2  2  tag
 *    4  4  result
 *    8  8  address
 * </pre>
 */
final class UblkChannel implements UblkRing {

    /** Who is told what the driver has answered. */
    interface Handler {
        void onCompletion(int tag, int result);
    }

    private static final int URING_CMD = 46;
    private static final int PROTECTION_READ = 1;
    private static final int MAP_SHARED = 1;
    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

    private final EventDescriptor event;
    private final Ring ring;
    private final long descriptorsAddress;
    private final int descriptorsBytes;
    private final int fd;
    private boolean closed;

    private UblkChannel(
            EventDescriptor event,
            Ring ring,
            int fd,
            long descriptorsAddress,
            int descriptorsBytes) {
        this.event = event;
        this.ring = ring;
        this.fd = fd;
        this.descriptorsAddress = descriptorsAddress;
        this.descriptorsBytes = descriptorsBytes;
    }

    /**
     * Opens the one queue of a device.
     *
     * @throws DeviceException one line
     */
    static UblkChannel open(int number, int depth) throws DeviceException {
        String path = "/dev/ublkc" + number;
        int fd = LibC.CALLS.open(path, LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            throw new DeviceException("cannot open " + path + ": " + Errno.text(LibC.errno()));
        }
        int pageBytes = CALLS.getpagesize();
        int bytes = (depth * UblkQueue.DESCRIPTOR_BYTES + pageBytes - 1) & -pageBytes;
        long address = HotCalls.map(bytes, PROTECTION_READ, MAP_SHARED, fd, 0);
        EventDescriptor event = null;
        Ring ring = null;
        try {
            if (address == HotCalls.MAP_FAILED) {
                throw new DeviceException(
                        "cannot map " + path + ": " + Errno.text(HotCalls.errno()));
            }
            event = new EventDescriptor();
            ring = openRing(depth, event);
            return new UblkChannel(event, ring, fd, address, bytes);
        } catch (IOException e) {
            throw new DeviceException("ublk: " + e.getMessage());
        } catch (IoUringRefusedException e) {
            throw new DeviceException("it needs io_uring: " + e.getMessage());
        } finally {
            if (ring == null) {
                free(fd, address, bytes, event);
            }
        }
    }

    private static Ring openRing(int depth, EventDescriptor event) throws IoUringRefusedException {
        // A tag has one command out at most, so neither ring can overflow.
        int entries = depth == 1 ? 1 : Integer.highestOneBit(depth - 1) << 1;
        int[] opcodes = {URING_CMD};
        return RingSetup.open(entries, event.fd(), opcodes, RingSetup.COOPERATIVE, RingSetup.PLAIN);
    }

    private static void free(int fd, long address, int bytes, @Nullable EventDescriptor event) {
        if (event != null) {
            event.close();
        }
        if (address != HotCalls.MAP_FAILED) {
            LibC.CALLS.munmap(address, bytes);
        }
        LibC.CALLS.close(fd);
    }

    /** The requests' descriptors, until {@link #close}. */
    ByteBuffer descriptors() {
        return MemoryIO.getInstance()
                .newDirectByteBuffer(descriptorsAddress, descriptorsBytes)
                .order(ByteOrder.nativeOrder());
    }

    /** Readable when there is something to {@link #reap}. */
    int pollDescriptor() {
        return event.fd();
    }

    /** Makes the poll descriptor readable. */
    void signal() {
        event.signal();
    }

    /** Hands on what the driver has answered. */
    void reap(Handler handler) {
        ring.collectPending(event);
        while (!closed && ring.hasCompletion()) {
            int tag = (int) ring.completionUserData();
            int result = ring.completionResult();
            ring.popCompletion();
            handler.onCompletion(tag, result);
        }
    }

    @Override
    public void fetch(int tag) {
        push(UblkCommands.FETCH, tag, 0, 0);
    }

    @Override
    public void getData(int tag, long address) {
        push(UblkCommands.GET_DATA, tag, 0, address);
    }

    @Override
    public void commit(int tag, int result, long address) {
        push(UblkCommands.COMMIT_AND_FETCH, tag, result, address);
    }

    private void push(int command, int tag, int result, long address) {
        ring.push(URING_CMD, fd, Integer.toUnsignedLong(command), 0, 0, 0, tag);
        ring.command(0, (long) tag << 16 | (long) result << 32);
        ring.command(8, address);
    }

    @Override
    public void submit() {
        ring.submit();
    }

    /** Nothing is sent any more: the driver sees that its server is gone. */
    void close() {
        if (!closed) {
            closed = true;
            ring.close();
            free(fd, descriptorsAddress, descriptorsBytes, event);
        }
    }

    /** Public only because jnr-ffi implements it from another class loader. */
    public interface Calls {
        int getpagesize();
    }
}
