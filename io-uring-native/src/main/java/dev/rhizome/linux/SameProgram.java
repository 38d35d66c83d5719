package dev.rhizome.linux;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts this process's program once more in its place. */
public final class SameProgram {
    private static final Path PROGRAM = Path.of("/proc/self/exe");
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    // close_range(2), Linux 5.9; the same number on all architectures.
    private static final int CLOSE_RANGE = 436;
    private static final int CLOSE_RANGE_CLOEXEC = 4;
    private static final long FIRST_OTHER_DESCRIPTOR = 3;
    private static final long LAST_DESCRIPTOR = 0xffff_ffffL;

    private SameProgram() {}

    /**
     * Starts it again with the same arguments: execv(2). Process number, environment and standard
     * streams stay; everything else ends, and so does this method, unless it fails. What marks the
     * calling thread marks all threads of the JVM then, also those that are older than any of ours.
     *
     * @param mark the name of a variable that the environment has afterwards, so that the program
     *     knows itself again
     * @return one line: why it could not be done
     */
    public static String startAgain(String mark) {
        try {
            String program = Files.readSymbolicLink(PROGRAM).toString();
            byte[] arguments = Files.readAllBytes(COMMAND_LINE);
            if (arguments.length == 0 || LibC.CALLS.setenv(mark, "1", 1) < 0) {
                return "the program cannot be started again";
            }
            HotCalls.syscall(
                    CLOSE_RANGE,
                    FIRST_OTHER_DESCRIPTOR,
                    LAST_DESCRIPTOR,
                    CLOSE_RANGE_CLOEXEC,
                    0,
                    0);
            return execute(program, arguments);
        } catch (IOException e) {
            return "the program cannot be started again: " + e.getMessage();
        }
    }

    private static String execute(String program, byte[] arguments) {
        int count = 0;
        for (byte each : arguments) {
            count += each == 0 ? 1 : 0;
        }
        ByteBuffer words = ByteBuffer.allocateDirect(arguments.length).put(arguments);
        ByteBuffer pointers =
                ByteBuffer.allocateDirect((count + 1) * Long.BYTES).order(ByteOrder.nativeOrder());
        long at = addressOf(words);
        for (int index = 0, start = 0; index < arguments.length; index++) {
            if (arguments[index] == 0) {
                pointers.putLong(at + start);
                start = index + 1;
            }
        }
        pointers.putLong(0);
        try {
            LibC.CALLS.execv(program, addressOf(pointers));
            return program + " cannot be started again: " + Errno.text(LibC.errno());
        } finally {
            Reference.reachabilityFence(words);
            Reference.reachabilityFence(pointers);
        }
    }

    private static long addressOf(ByteBuffer direct) {
        return MemoryIO.getInstance().getDirectBufferAddress(direct);
    }
}
