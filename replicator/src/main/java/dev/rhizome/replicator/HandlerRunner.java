package dev.rhizome.replicator;

import dev.rhizome.core.policy.Handler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the operator's programs, never through a shell, each on a thread of its own: the event loop
 * does not wait. A program is told what it is about by its environment, in DRBD's words.
 */
final class HandlerRunner {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);

    private volatile VolumeOptions options;

    HandlerRunner(VolumeOptions options) {
        this.options = options;
    }

    /** Goes on with other programs, and another time limit for those that are started then. */
    void use(VolumeOptions others) {
        options = others;
    }

    /**
     * How a program has ended.
     *
     * @param exitCode its exit code; 128 and the signal's number if one has killed it; {@link
     *     #NOT_RUN} if it has not ended by itself
     * @param detail what there is to say of it; may be empty
     */
    record Ended(int exitCode, String detail) {}

    /** Not an exit code: the program has not been run, or not to its end. */
    static final int NOT_RUN = -1;

    /** Whether the configuration names a program. */
    boolean has(Handler handler) {
        return options.handlers().containsKey(handler);
    }

    /** Starts the program that the configuration names; most need not be there. */
    void call(Handler handler) {
        if (has(handler)) {
            call(handler, ended -> {});
        } else if (handler == Handler.LOCAL_IO_ERROR) {
            LOG.warn("{}: there is no handler {} to call", options.resource(), handler.label());
        }
    }

    /**
     * Starts the program that the configuration names.
     *
     * @param told how it has ended; on the program's own thread, or at once if there is none
     */
    void call(Handler handler, Consumer<Ended> told) {
        Path program = options.handlers().get(handler);
        if (program == null) {
            told.accept(new Ended(NOT_RUN, "there is no handler " + handler.label()));
            return;
        }
        Thread thread =
                new Thread(() -> told.accept(run(handler, program)), "handler-" + handler.label());
        thread.setDaemon(true);
        thread.start();
    }

    private Ended run(Handler handler, Path program) {
        String name = options.resource() + ": handler " + handler.label();
        // A program that takes longer is ended, with all that it has started.
        Duration limit = options.handlerTimeout();
        try {
            Process process = builder(program).start();
            if (process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.info("{}: {} ended with {}", name, program, process.exitValue());
                return new Ended(process.exitValue(), "");
            }
            end(process);
            String late = program + " took more than " + limit.toSeconds() + " s and was ended";
            LOG.warn("{}: {}", name, late);
            return new Ended(NOT_RUN, late);
        } catch (IOException e) {
            LOG.warn("{}: {} cannot be run: {}", name, program, e.getMessage());
            return new Ended(NOT_RUN, program + " cannot be run: " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("{}: {} cannot be run", name, program, e);
            return new Ended(NOT_RUN, program + " cannot be run: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Ended(NOT_RUN, "interrupted");
        }
    }

    private ProcessBuilder builder(Path program) {
        ProcessBuilder builder =
                new ProcessBuilder(program.toString())
                        .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        environment.put("DRBD_RESOURCE", options.resource());
        environment.put("DRBD_VOLUME", "0");
        environment.put("DRBD_MINOR", "0");
        environment.put("DRBD_BACKING_DEV", options.disk().toString());
        environment.put("DRBD_LL_DISK", options.disk().toString());
        environment.put("DRBD_PEER", options.peer());
        environment.put("DRBD_PEERS", options.peer());
        InetSocketAddress peer = options.peerAddresses().get(0);
        environment.put("DRBD_PEER_AF", family(peer));
        environment.put("DRBD_PEER_ADDRESS", peer.getHostString());
        environment.put("DRBD_MY_ADDRESS", options.listen().get(0).getHostString());
        return builder;
    }

    private static String family(InetSocketAddress address) {
        return address.getHostString().contains(":") ? "ipv6" : "ipv4";
    }

    /** A script often waits for another program: without its parent that would go on for ever. */
    private static void end(Process process) {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }
}
