package dev.rhizome.daemon;

import dev.rhizome.daemon.log.LogOutput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a service cleanly on SIGTERM and SIGINT, with exit code 0. */
public final class ProcessEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessEnd.class);

    /** As a command's that is refused: a disk stands against it. */
    private static final int UNCLEAN = 11;

    private final Thread hook;

    private ProcessEnd(Thread hook) {
        this.hook = hook;
    }

    /**
     * Installs the handling of signals and of what escapes from threads.
     *
     * @param close ends the service in order
     */
    public static ProcessEnd install(Runnable close) {
        FatalErrors.install();
        Thread hook = new Thread(() -> end(close), "end");
        Runtime.getRuntime().addShutdownHook(hook);
        return new ProcessEnd(hook);
    }

    /** Takes it back: the service did not start, or has ended. */
    public void uninstall() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            LOG.debug("ending already", alreadyEnding);
        }
    }

    private static void end(Runnable close) {
        int exitCode = FatalErrors.EXIT_CODE;
        try {
            close.run();
            exitCode = 0;
        } catch (UncleanStop e) {
            LOG.error("the stop was not clean: {}", e.getMessage());
            exitCode = UNCLEAN;
        } catch (RuntimeException | Error e) {
            LOG.error("the stop was not clean", e);
        } finally {
            LogOutput.INSTANCE.flush();
            // The JVM's own code after a signal would be 143, which says nothing of the stop.
            Runtime.getRuntime().halt(exitCode);
        }
    }
}
