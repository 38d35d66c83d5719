package dev.rhizome.uring;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A seccomp filter on the calling thread, as containers have it. */
final class SystemCallFilter {

    private static final int PR_SET_SECCOMP = 22;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int MODE_FILTER = 2;

    private static final short LOAD_WORD = 0x20;
    private static final short JUMP_IF_EQUAL = 0x15;
    private static final short RETURN = 0x06;
    private static final int ANSWER_ERRNO = 0x5_0000;
    private static final int ALLOW = 0x7fff_0000;

    private SystemCallFilter() {}

    /** From now on, this thread gets the error from the call. False if filters are refused here. */
    static boolean refuse(int systemCall, int errno) {
        // struct sock_filter: short code, byte if true, byte if false, int argument.
        AlignedBuffer memory = AlignedBuffer.allocate(64);
        ByteBuffer view = memory.buffer().order(ByteOrder.nativeOrder());
        instruction(view, LOAD_WORD, 0, 0);
        instruction(view, JUMP_IF_EQUAL, 1, systemCall);
        instruction(view, RETURN, 0, ANSWER_ERRNO | errno);
        instruction(view, RETURN, 0, ALLOW);
        // struct sock_fprog: short count, pointer at 8.
        view.putLong(32, 4).putLong(40, memory.address());
        return control(PR_SET_NO_NEW_PRIVS, 1, 0) == 0
                && control(PR_SET_SECCOMP, MODE_FILTER, memory.address() + 32) == 0
                && view.getLong(32) == 4;
    }

    private static void instruction(ByteBuffer view, short code, int skipIfFalse, int argument) {
        view.putShort(code).put((byte) 0).put((byte) skipIfFalse).putInt(argument);
    }

    private static long control(int what, long first, long second) {
        Type[] types = new Type[6];
        Arrays.fill(types, Type.SINT64);
        CallContext context =
                CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, true);
        long prctl = Library.getDefault().getSymbolAddress("prctl");
        return (int) Invoker.getInstance().invokeN6(context, prctl, what, first, second, 0, 0, 0);
    }
}
