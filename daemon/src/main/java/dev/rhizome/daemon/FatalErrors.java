package dev.rhizome.daemon;

import dev.rhizome.core.InvariantViolation;
import dev.rhizome.daemon.log.LogOutput;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outermost handler: whatever escapes from a thread is a bug, our own state may be wrong, and
 * the process halts at once with exit code 70 and the reason. The other node is there for this.
 *
 * <p>An event loop that catches everything itself hands an {@link InvariantViolation}, or any other
 * Error, to {@code thread.getUncaughtExceptionHandler().uncaughtException(thread, error)}.
 */
public final class FatalErrors implements Thread.UncaughtExceptionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);

    /** EX_SOFTWARE of sysexits(3). */
    static final int EXIT_CODE = 70;

    private final IntConsumer halt;

    FatalErrors(IntConsumer halt) {
        this.halt = halt;
    }

    /** Installs it for all threads of the process. */
    static void install() {
        Thread.setDefaultUncaughtExceptionHandler(new FatalErrors(Runtime.getRuntime()::halt));
    }

    @Override
    public void uncaughtException(Thread thread, Throwable error) {
        try {
            LOG.error("a bug on thread {}; halting", thread.getName(), error);
            LogOutput.INSTANCE.flush();
            error.printStackTrace(System.err);
        } finally {
            halt.accept(EXIT_CODE);
        }
    }
}
