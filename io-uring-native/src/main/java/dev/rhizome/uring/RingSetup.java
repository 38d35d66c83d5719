package dev.rhizome.uring;

import dev.rhizome.linux.Errno;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes a {@link Ring}: io_uring_setup(2), io_uring_register(2), and the mappings. */
public final class RingSetup {

    private static final int R_DISABLED = 1 << 6;
    private static final int SUBMIT_ALL = 1 << 7;
    private static final int COOP_TASKRUN = 1 << 8;
    private static final int TASKRUN_FLAG = 1 << 9;
    private static final int SQE128 = 1 << 10;
    private static final int SINGLE_ISSUER = 1 << 12;
    private static final int DEFER_TASKRUN = 1 << 13;

    /** Completions run when the owner asks for them. Linux 6.1. */
    public static final int DEFERRED =
            R_DISABLED | SUBMIT_ALL | SINGLE_ISSUER | DEFER_TASKRUN | TASKRUN_FLAG;

    /** Completions run when the owner is in the kernel anyway. Linux 5.19. */
    public static final int COOPERATIVE = SUBMIT_ALL | COOP_TASKRUN | TASKRUN_FLAG;

    /** Completions interrupt the owner. */
    public static final int PLAIN = 0;

    /** Like {@link #PLAIN}, with submission entries of 128 bytes. Linux 5.19. */
    public static final int LARGE_ENTRIES = SQE128;

    /** Instead of an event descriptor. */
    public static final int NO_EVENTS = -1;

    private static final int FEATURE_SINGLE_MMAP = 1;
    private static final int FEATURE_NODROP = 2;

    private static final int REGISTER_EVENTFD = 4;
    private static final int REGISTER_PROBE = 8;
    private static final int REGISTER_ENABLE_RINGS = 12;

    private static final int PROBED_OPCODES = 64;
    private static final int OPCODE_SUPPORTED = 1;

    private static final int MAP_PROTECTION = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;
    private static final long ENTRIES_OFFSET = 0x1000_0000L;

    // struct io_uring_params, then its two blocks of offsets.
    private static final int PARAMETERS_BYTES = 120;
    private static final int SQ_OFFSETS = 40;
    private static final int CQ_OFFSETS = 80;

    private RingSetup() {}

    /**
     * Makes a ring.
     *
     * @param entries a power of two
     * @param eventDescriptor signalled when there is something to collect, or {@link #NO_EVENTS}
     * @param opcodes what the ring must know
     * @param choices set-up flags, the best first; a kernel that does not know them answers EINVAL
     */
    public static Ring open(int entries, int eventDescriptor, int[] opcodes, int... choices)
            throws IoUringRefusedException {
        AlignedBuffer parameters = AlignedBuffer.allocate(PARAMETERS_BYTES);
        ByteBuffer view = parameters.buffer().order(ByteOrder.nativeOrder());
        int fd = setUp(entries, parameters, choices);
        boolean opened = false;
        try {
            int features = view.getInt(20);
            int needed = FEATURE_SINGLE_MMAP | FEATURE_NODROP;
            if ((features & needed) != needed) {
                throw new IoUringRefusedException("this kernel's io_uring is too old");
            }
            probe(fd, opcodes);
            if (eventDescriptor != NO_EVENTS) {
                register(fd, REGISTER_EVENTFD, eventDescriptor);
            }
            Ring ring = new Ring(map(fd, view));
            opened = true;
            return ring;
        } finally {
            if (!opened) {
                LibC.CALLS.close(fd);
            }
        }
    }

    /** Enables a ring that was made disabled; the calling thread becomes its only issuer. */
    static void enable(int fd) {
        int result = HotCalls.register(fd, REGISTER_ENABLE_RINGS, 0, 0);
        if (result < 0) {
            throw new IllegalStateException("cannot enable the io_uring: " + Errno.text(result));
        }
    }

    private static int setUp(int entries, AlignedBuffer parameters, int... choices)
            throws IoUringRefusedException {
        int errno = Errno.EINVAL;
        for (int flags : choices) {
            parameters.buffer().putInt(8, flags);
            int fd = HotCalls.setUp(entries, parameters.address());
            if (fd >= 0) {
                return fd;
            }
            errno = -fd;
            if (errno != Errno.EINVAL) {
                break;
            }
        }
        throw new IoUringRefusedException(whyRefused(errno));
    }

    private static String whyRefused(int errno) {
        return switch (errno) {
            case Errno.ENOSYS -> "this kernel has no io_uring";
            case Errno.EPERM, Errno.EACCES ->
                    "not permitted here: kernel.io_uring_disabled="
                            + disabledSetting()
                            + ", or a seccomp filter";
            case Errno.ENOMEM -> "no memory for the ring (raise the limit of locked memory)";
            default -> "io_uring_setup: " + Errno.text(errno);
        };
    }

    private static String disabledSetting() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/io_uring_disabled")).strip();
        } catch (IOException e) {
            return "(not there)";
        }
    }

    private static void probe(int fd, int[] opcodes) throws IoUringRefusedException {
        // A header of 16 bytes, then 8 bytes per opcode with the flags at byte 2.
        AlignedBuffer memory = AlignedBuffer.allocate(16 + 8 * PROBED_OPCODES);
        ByteBuffer view = memory.buffer().order(ByteOrder.nativeOrder());
        int result = HotCalls.register(fd, REGISTER_PROBE, memory.address(), PROBED_OPCODES);
        boolean all = result >= 0;
        for (int opcode : opcodes) {
            all &= (view.getShort(16 + 8 * opcode + 2) & OPCODE_SUPPORTED) != 0;
        }
        if (!all) {
            throw new IoUringRefusedException("this kernel's io_uring lacks operations");
        }
    }

    private static void register(int fd, int what, int descriptor) throws IoUringRefusedException {
        AlignedBuffer argument = AlignedBuffer.allocate(Integer.BYTES);
        argument.buffer().order(ByteOrder.nativeOrder()).putInt(0, descriptor);
        try {
            int result = HotCalls.register(fd, what, argument.address(), 1);
            if (result < 0) {
                throw new IoUringRefusedException("io_uring_register: " + Errno.text(result));
            }
        } finally {
            Reference.reachabilityFence(argument);
        }
    }

    private static Ring.Layout map(int fd, ByteBuffer parameters) throws IoUringRefusedException {
        int submissionEntries = parameters.getInt(0);
        int completionEntries = parameters.getInt(4);
        int array = parameters.getInt(SQ_OFFSETS + 24);
        int completions = parameters.getInt(CQ_OFFSETS + 20);
        int ringBytes =
                Math.max(
                        array + Integer.BYTES * submissionEntries,
                        completions + 16 * completionEntries);
        int entryBytes = (parameters.getInt(8) & SQE128) != 0 ? 128 : 64;
        long ring = map(fd, ringBytes, 0);
        long entriesAddress;
        try {
            entriesAddress = map(fd, entryBytes * submissionEntries, ENTRIES_OFFSET);
        } catch (IoUringRefusedException e) {
            LibC.CALLS.munmap(ring, ringBytes);
            throw e;
        }
        return new Ring.Layout(
                fd,
                (parameters.getInt(8) & R_DISABLED) != 0,
                ring,
                ringBytes,
                entriesAddress,
                entryBytes,
                submissionEntries,
                completionEntries,
                parameters.getInt(SQ_OFFSETS),
                parameters.getInt(SQ_OFFSETS + 4),
                parameters.getInt(SQ_OFFSETS + 16),
                array,
                parameters.getInt(CQ_OFFSETS),
                parameters.getInt(CQ_OFFSETS + 4),
                completions);
    }

    private static long map(int fd, int bytes, long offset) throws IoUringRefusedException {
        long address = HotCalls.map(bytes, MAP_PROTECTION, MAP_SHARED_POPULATE, fd, offset);
        if (address == HotCalls.MAP_FAILED) {
            throw new IoUringRefusedException(
                    "cannot map the ring: " + Errno.text(HotCalls.errno()));
        }
        return address;
    }
}
