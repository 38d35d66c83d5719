package dev.rhizome.linux;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.util.Arrays;

/**
 * The calls of the ring's data path, by jffi directly: no stub, no allocation. And the calls of
 * five and six numbers, which the stubs that jnr-ffi 2.2 assembles for x86-64 pass wrongly.
 */
public final class HotCalls {

    /** What {@link #map} answers when it fails; the error number is {@link #errno}. */
    public static final long MAP_FAILED = -1;

    private static final int IO_URING_SETUP = 425;
    private static final int IO_URING_ENTER = 426;
    private static final int IO_URING_REGISTER = 427;

    private static final Invoker INVOKER = Invoker.getInstance();
    private static final long SYSCALL = symbol("syscall");
    private static final long READ = symbol("read");
    private static final long READV = symbol("readv");
    private static final long WRITEV = symbol("writev");
    private static final long PWRITEV2 = symbol("pwritev2");
    private static final long MMAP = symbol("mmap");
    private static final long PRCTL = symbol("prctl");
    private static final CallContext SIX = context(6);
    private static final CallContext THREE = context(3);

    private HotCalls() {}

    /** io_uring_enter(2); a negative errno on failure. */
    public static int enter(int ring, int toSubmit, int minComplete, int flags) {
        // The seventh argument, the signal set's size, is not looked at without a signal set.
        long result =
                INVOKER.invokeN6(
                        SIX, SYSCALL, IO_URING_ENTER, ring, toSubmit, minComplete, flags, 0L);
        return result >= 0 ? (int) result : -errno();
    }

    /** read(2); a negative errno on failure. */
    public static int read(int fd, long address, int length) {
        long result = INVOKER.invokeN3(THREE, READ, fd, address, length);
        return result >= 0 ? (int) result : -errno();
    }

    /** readv(2); a negative errno on failure. */
    public static int readv(int fd, long vectors, int count) {
        long result = INVOKER.invokeN3(THREE, READV, fd, vectors, count);
        return result >= 0 ? (int) result : -errno();
    }

    /** writev(2); a negative errno on failure. */
    public static int writev(int fd, long vectors, int count) {
        long result = INVOKER.invokeN3(THREE, WRITEV, fd, vectors, count);
        return result >= 0 ? (int) result : -errno();
    }

    /** syscall(2) for what the C library may not know yet; a negative errno on failure. */
    public static long syscall(long number, long a, long b, long c, long d, long e) {
        long result = INVOKER.invokeN6(SIX, SYSCALL, number, a, b, c, d, e);
        return result >= 0 ? result : -errno();
    }

    /** io_uring_setup(2); the descriptor or a negative errno. */
    public static int setUp(int entries, long parameters) {
        long result =
                INVOKER.invokeN6(SIX, SYSCALL, IO_URING_SETUP, entries, parameters, 0L, 0L, 0L);
        return result >= 0 ? (int) result : -errno();
    }

    /** io_uring_register(2); a negative errno on failure. */
    public static int register(int ring, int what, long argument, int count) {
        long result =
                INVOKER.invokeN6(SIX, SYSCALL, IO_URING_REGISTER, ring, what, argument, count, 0L);
        return result >= 0 ? (int) result : -errno();
    }

    /** A durable pwrite: pwritev2(2) with RWF_DSYNC; a negative errno on failure. */
    public static long writeDurably(int fd, long vectors, int count, long offset) {
        long result =
                INVOKER.invokeN6(SIX, PWRITEV2, fd, vectors, count, offset, LibC.RWF_DSYNC, 0L);
        return result >= 0 ? result : -errno();
    }

    /** prctl(2) with one argument; a negative errno on failure. */
    static int prctl(int option, long argument) {
        long result = INVOKER.invokeN6(SIX, PRCTL, option, argument, 0L, 0L, 0L, 0L);
        return result >= 0 ? (int) result : -errno();
    }

    /** mmap(2) at an address that the kernel chooses. */
    public static long map(long length, int protection, int flags, int fd, long offset) {
        return INVOKER.invokeN6(SIX, MMAP, 0L, length, protection, flags, fd, offset);
    }

    /** The error number of this thread's last failed call here. */
    public static int errno() {
        return LastError.getInstance().get();
    }

    private static long symbol(String name) {
        long address = Library.getDefault().getSymbolAddress(name);
        if (address == 0) {
            throw new UnsatisfiedLinkError("no " + name + " in this process");
        }
        return address;
    }

    private static CallContext context(int parameters) {
        Type[] types = new Type[parameters];
        Arrays.fill(types, Type.SINT64);
        return CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, true);
    }
}
