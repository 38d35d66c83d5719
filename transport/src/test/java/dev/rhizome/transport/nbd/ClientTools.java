package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the clients that people use; a test is skipped where one is not installed. */
final class ClientTools {
    private final Path directory;

    ClientTools(Path directory) {
        this.directory = directory;
    }

    /**
     * How a program ended.
     *
     * @param exitCode its exit code
     * @param text what it said
     */
    record Ended(int exitCode, String text) {}

    static void require(boolean there, String what) {
        if (!there) {
            System.out.println("skipped: " + what);
        }
        assumeTrue(there, what);
    }

    /** Runs a program, which must end well. */
    String run(String... command) throws Exception {
        Ended ended = end(command);
        assertThat(ended.exitCode()).as(String.join(" ", command) + "\n" + ended.text()).isZero();
        return ended.text();
    }

    /** Runs a program to whatever end. */
    Ended end(String... command) throws Exception {
        boolean installed =
                Arrays.stream(System.getenv("PATH").split(":"))
                        .anyMatch(bin -> Files.isExecutable(Path.of(bin, command[0])));
        require(installed, command[0] + " is not installed");
        Path output = directory.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            boolean ended = process.waitFor(120, TimeUnit.SECONDS);
            // Not every tool writes UTF-8 whatever it finds on the volume.
            String text = new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1);
            assertThat(ended).as(text).isTrue();
            return new Ended(process.exitValue(), text);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Runs a program of nbdsh, with the handle "h". */
    void nbdsh(String... program) throws Exception {
        Path script = Files.write(directory.resolve("script.py"), List.of(program));
        // Not nbdsh itself: its wrapper finds whatever python3 comes first on the path.
        String python =
                Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";
        require(end("env", python, "-c", "import nbd").exitCode() == 0, "no python3-libnbd");
        run("env", python, "-c", "import nbd; h = nbd.NBD(); exec(open('" + script + "').read())");
    }
}
