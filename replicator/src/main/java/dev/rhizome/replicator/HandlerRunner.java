package dev.rhizome.replicator;

import dev.rhizome.core.policy.Handler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the operator's programs, never through a shell, each on a thread of its own: the event loop
 * does not wait. A program is told what it is about by its environment, in DRBD's words.
 */
final class HandlerRunner {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);

    /** A program that takes longer is ended. */
    private static final long LIMIT_SECONDS = 60;

    private final VolumeOptions options;

    HandlerRunner(VolumeOptions options) {
        this.options = options;
    }

    /** Starts the program that the configuration names; if it names none, nothing. */
    void call(Handler handler) {
        Path program = options.handlers().get(handler);
        if (program == null) {
            LOG.warn("{}: there is no handler {} to call", options.resource(), handler.label());
            return;
        }
        Thread thread = new Thread(() -> run(handler, program), "handler-" + handler.label());
        thread.setDaemon(true);
        thread.start();
    }

    private void run(Handler handler, Path program) {
        ProcessBuilder builder =
                new ProcessBuilder(program.toString())
                        .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        environment.put("DRBD_RESOURCE", options.resource());
        environment.put("DRBD_VOLUME", "0");
        environment.put("DRBD_BACKING_DEV", options.disk().toString());
        environment.put("DRBD_PEER", options.peer());
        String name = options.resource() + ": handler " + handler.label();
        try {
            Process process = builder.start();
            if (process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                LOG.info("{}: {} ended with {}", name, program, process.exitValue());
            } else {
                process.destroyForcibly();
                LOG.warn("{}: {} took more than {} s", name, program, LIMIT_SECONDS);
            }
        } catch (IOException e) {
            LOG.warn("{}: {} cannot be run: {}", name, program, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
