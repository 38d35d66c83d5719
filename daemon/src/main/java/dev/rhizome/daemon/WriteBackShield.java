package dev.rhizome.daemon;

import dev.rhizome.linux.ProcessShield;
import dev.rhizome.linux.SameProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares this process for being in the path of the kernel's write-back. The mark of a flusher of
 * I/O is a thread's, and is inherited; the JVM's own threads (collector, compilers) are older than
 * the first of ours. So the process marks itself and starts its program again: then all have it.
 */
public final class WriteBackShield {
    private static final Logger LOG = LoggerFactory.getLogger(WriteBackShield.class);

    /** In the environment of a program that was started again. */
    private static final String STARTED_AGAIN = "RHIZOME_IO_FLUSHER";

    private WriteBackShield() {}

    /** Does what is permitted, and warns of what is not. Before any other thread is started. */
    public static void raise(Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        if (!ProcessShield.flushesIo()) {
            String problem = ProcessShield.becomeFlusher();
            if (problem.isEmpty() && !environment.containsKey(STARTED_AGAIN)) {
                problem = SameProgram.startAgain(STARTED_AGAIN);
            }
            if (!problem.isEmpty()) {
                problems.add(problem);
            }
        }
        problems.add(ProcessShield.outliveShortage());
        problems.removeIf(String::isEmpty);
        for (String problem : problems) {
            LOG.warn("writes to devices may get stuck when memory is short: {}", problem);
        }
    }

    /** Locks the memory of the process as it is touched, or says why not. */
    public static void lockMemory() {
        String problem = ProcessShield.lockMemory();
        if (!problem.isEmpty()) {
            LOG.warn("{}", problem);
        }
    }
}
