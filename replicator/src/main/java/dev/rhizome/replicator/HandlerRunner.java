package dev.rhizome.replicator;

import dev.rhizome.core.policy.Handler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

    /** A program that takes longer is ended, with all that it has started. */
    static final Duration LIMIT = Duration.ofSeconds(60);

    private final VolumeOptions options;
    private final Duration limit;

    HandlerRunner(VolumeOptions options, Duration limit) {
        this.options = options;
        this.limit = limit;
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
            if (process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.info("{}: {} ended with {}", name, program, process.exitValue());
            } else {
                end(process);
                LOG.warn(
                        "{}: {} took more than {} s and was ended",
                        name,
                        program,
                        limit.toSeconds());
            }
        } catch (IOException e) {
            LOG.warn("{}: {} cannot be run: {}", name, program, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A script often waits for another program: without its parent that would go on for ever. */
    private static void end(Process process) {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }
}
