package dev.rhizome.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

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
     * Locks the memory that is touched, now and later (mlockall(2), MCL_ONFAULT), so that none is
     * ever to be read back. What is only reserved, as most of a JVM's address space is, is not made
     * resident by it.
     *
     * @return empty, or a line that says why not
     */
    public static String lockMemory() {
        return LibC.CALLS.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) >= 0
                ? ""
                : "memory is not locked: "
                        + Errno.text(LibC.errno())
                        + " (it needs CAP_IPC_LOCK, or LimitMEMLOCK=infinity in the unit)";
    }

    /**
     * Keeps the process from being killed when memory is short: proc(5), oom_score_adj.
     *
     * @return empty, or a line that says why not
     */
    public static String outliveShortage() {
        try {
            if (!Files.readString(OOM_SCORE).strip().equals(NEVER_KILLED)) {
                Files.writeString(OOM_SCORE, NEVER_KILLED);
            }
            return "";
        } catch (IOException e) {
            return "the process may be killed when memory is short: "
                    + e.getMessage()
                    + " (it needs CAP_SYS_RESOURCE, or OOMScoreAdjust=-1000 in the unit)";
        }
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
