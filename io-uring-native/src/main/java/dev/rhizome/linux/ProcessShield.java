package dev.rhizome.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Precautions of a process that the kernel's write-back waits for. Were it to wait for memory in
 * its turn, which is to be freed by writing back, neither would ever go on.
 */
public final class ProcessShield {
    private static final int MCL_CURRENT = 1;
    private static final int MCL_FUTURE = 2;
    private static final int MCL_ONFAULT = 4;
    private static final int PR_SET_IO_FLUSHER = 57;
    private static final int PR_GET_IO_FLUSHER = 58;
    private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");
    private static final String NEVER_KILLED = "-1000";

    private ProcessShield() {}

    /**
     * Locks the memory that is touched from now on (mlockall(2)), so that none has to be read back,
     * and keeps the process from being killed when memory is short (proc(5), oom_score_adj).
     *
     * @return a line for each that was not possible; empty if all were
     */
    public static List<String> raise() {
        List<String> problems = new ArrayList<>();
        if (LibC.CALLS.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0) {
            problems.add(
                    "memory is not locked: "
                            + Errno.text(LibC.errno())
                            + " (it needs CAP_IPC_LOCK or a higher limit of locked memory)");
        }
        try {
            Files.writeString(OOM_SCORE, NEVER_KILLED);
        } catch (IOException e) {
            problems.add(
                    "the process may be killed when memory is short: "
                            + e.getMessage()
                            + " (it needs CAP_SYS_RESOURCE)");
        }
        return problems;
    }

    /** Whether this thread, and what it starts, is given memory without waiting for write-back. */
    public static boolean flushesIo() {
        return HotCalls.prctl(PR_GET_IO_FLUSHER, 0) == 1;
    }

    /**
     * Marks this thread as a flusher of I/O: prctl(2), PR_SET_IO_FLUSHER, Linux 5.6. Threads that
     * it starts inherit the mark, and so does the program that it becomes by {@link
     * SameProgram#startAgain}.
     *
     * @return empty, or a line that says why not
     */
    public static String becomeFlusher() {
        int result = HotCalls.prctl(PR_SET_IO_FLUSHER, 1);
        return result >= 0
                ? ""
                : "not marked as a flusher of I/O: "
                        + Errno.text(result)
                        + " (it needs CAP_SYS_RESOURCE and Linux 5.6)";
    }
}
