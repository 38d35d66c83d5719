package dev.rhizome.device;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.device.nbd.NbdSockets;
import dev.rhizome.linux.LibC;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;

/**
 * The transmission phase of NBD, one request at a time, on a thread of each connection: enough to
 * try the kernel's client.
 */
final class SimpleNbdServer implements NbdSockets {

    private static final int HEADER_BYTES = 28;
    private static final int REPLY_BYTES = 16;
    private static final int REQUEST_MAGIC = 0x25609513;
    private static final int REPLY_MAGIC = 0x67446698;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int DISCONNECT = 2;
    private static final int FLUSH = 3;
    private static final int TRIM = 4;
    private static final int ZERO = 6;
    private static final int F_SETFL = 4;
    private static final int SHUT_BOTH = 2;
    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

    private final DeviceVolume device;
    // The volume is not thread-safe, and an old connection may still end as a new one begins.
    private final ReentrantLock volumeLock = new ReentrantLock();

    SimpleNbdServer(DeviceVolume device) {
        this.device = device;
    }

    /** Flags; flush, FUA, trim, write of zeroes. */
    @Override
    public int transmissionFlags() {
        return 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6;
    }

    @Override
    public Connection adopt(int descriptor, Runnable whenClosed) {
        // A thread of its own may block.
        LibC.CALLS.fcntl(descriptor, F_SETFL, 0);
        Thread thread = new Thread(() -> new Session(descriptor).run(whenClosed), "nbd");
        thread.setDaemon(true);
        thread.start();
        return () -> CALLS.shutdown(descriptor, SHUT_BOTH);
    }

    private final class Session implements Completion {
        private final int fd;
        private final AlignedBuffer header = AlignedBuffer.allocate(HEADER_BYTES);
        private IoStatus status = IoStatus.OK;

        Session(int fd) {
            this.fd = fd;
        }

        void run(Runnable whenClosed) {
            boolean goesOn = true;
            while (goesOn && receive(header.address(), HEADER_BYTES)) {
                volumeLock.lock();
                try {
                    goesOn = serve(header.buffer());
                } finally {
                    volumeLock.unlock();
                }
            }
            LibC.CALLS.close(fd);
            whenClosed.run();
        }

        private boolean serve(ByteBuffer request) {
            int type = request.getInt(4) & 0xffff;
            if (request.getInt(0) != REQUEST_MAGIC || type == DISCONNECT) {
                return false;
            }
            long cookie = request.getLong(8);
            long offset = request.getLong(16);
            long left = Integer.toUnsignedLong(request.getInt(24));
            boolean fua = (request.getInt(4) >>> 16 & 1) != 0;
            if (type == READ) {
                // A simple reply comes before the data; ours never fails in the middle.
                if (!reply(cookie)) {
                    return false;
                }
            }
            status = IoStatus.OK;
            do {
                int part = (int) Math.min(left, Limits.MAX_REQUEST_BYTES);
                if (!serve(type, fua, offset, part)) {
                    return false;
                }
                offset += part;
                left -= part;
            } while (left > 0);
            return type == READ || reply(cookie);
        }

        private boolean serve(int type, boolean fua, long offset, int part) {
            Operation operation =
                    switch (type) {
                        case READ -> Operation.READ;
                        case WRITE -> Operation.WRITE;
                        case FLUSH -> Operation.FLUSH;
                        case TRIM -> Operation.TRIM;
                        case ZERO -> Operation.ZERO;
                        default -> throw new IllegalStateException("command " + type);
                    };
            DevicePayload payload = type <= WRITE ? device.memory().acquire(part) : null;
            if (type == WRITE && payload != null && !receive(payload.memory().address(), part)) {
                return false;
            }
            device.volume().submit(operation, fua, offset, part, payload, this, 0);
            return status == IoStatus.OK || type != READ;
        }

        @Override
        public void complete(long token, IoStatus ended, @Nullable Payload payload) {
            if (ended != IoStatus.OK) {
                status = ended;
            }
            if (payload != null) {
                DevicePayload read = (DevicePayload) payload;
                if (!send(read.memory().address(), read.sizeBytes())) {
                    status = IoStatus.IO_ERROR;
                }
                read.release();
            }
        }

        private boolean reply(long cookie) {
            AlignedBuffer memory = AlignedBuffer.allocate(REPLY_BYTES);
            memory.buffer()
                    .putInt(0, REPLY_MAGIC)
                    .putInt(4, DeviceErrors.errno(status))
                    .putLong(8, cookie);
            return send(memory.address(), REPLY_BYTES);
        }

        private boolean receive(long address, int bytes) {
            return all(true, address, bytes);
        }

        private boolean send(long address, int bytes) {
            return all(false, address, bytes);
        }

        private boolean all(boolean in, long address, int bytes) {
            int done = 0;
            while (done < bytes) {
                long moved =
                        in
                                ? CALLS.read(fd, address + done, bytes - done)
                                : CALLS.write(fd, address + done, bytes - done);
                if (moved <= 0) {
                    return false;
                }
                done += (int) moved;
            }
            return true;
        }
    }

    /** Public only because jnr-ffi implements it from another class loader. */
    public interface Calls {
        long read(int fd, long address, long length);

        long write(int fd, long address, long length);

        int shutdown(int fd, int how);
    }
}
