package dev.rhizome.transport.nbd;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rhizome.transport.Loops;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** nbdkit over memory, of our block sizes, on a unix socket; ends with the test. */
final class NbdkitServer implements AutoCloseable {
    private static final String NBDKIT = "nbdkit";
    private final Process process;
    final Path socket;

    /** Skips the test where nbdkit is not installed. */
    NbdkitServer(Path directory, int sizeBytes) throws Exception {
        boolean installed =
                Arrays.stream(System.getenv("PATH").split(":"))
                        .anyMatch(bin -> Files.isExecutable(Path.of(bin, NBDKIT)));
        if (!installed) {
            System.out.println("skipped: nbdkit is not installed");
        }
        assumeTrue(installed, "nbdkit is not installed");
        socket = directory.resolve("nbdkit.sock");
        process =
                new ProcessBuilder(
                                NBDKIT,
                                "--foreground",
                                "--exit-with-parent",
                                "--unix",
                                socket.toString(),
                                "--filter=blocksize-policy",
                                "memory",
                                Integer.toString(sizeBytes),
                                "blocksize-minimum=512",
                                "blocksize-preferred=4096",
                                "blocksize-maximum=" + Nbd.MAX_PAYLOAD_BYTES,
                                "blocksize-error-policy=error")
                        .redirectErrorStream(true)
                        // Every refused request is a line.
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Loops.PATIENCE_SECONDS);
        while (!Files.exists(socket)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new AssertionError("nbdkit does not start");
            }
            process.waitFor(10, TimeUnit.MILLISECONDS);
        }
    }

    RawClient connect() throws Exception {
        return new RawClient(socket);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
