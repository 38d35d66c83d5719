package dev.rhizome.endtoend;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs that we did not write, each with a time limit. */
final class Tool {
    private static final List<Path> PLACES =
            Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").map(Path::of).toList();

    /** The system's own: the Python for which libnbd's package is made. */
    static final String PYTHON = "/usr/bin/python3";

    /**
     * How a program ended.
     *
     * @param command what it was
     * @param exitCode its exit code
     * @param output both streams
     */
    record Result(String command, int exitCode, String output) {

        /** Its output if it went well, else a failed test. */
        String orFail() {
            if (exitCode != 0) {
                throw new AssertionError(command + " ended with " + exitCode + ":\n" + output);
            }
            return output;
        }
    }

    private Tool() {}

    /** Runs a program to its end. */
    static Result run(String... command) {
        return run(Waiting.LIMIT, Map.of(), List.of(command));
    }

    /** Runs a program to its end; it is killed, and the test fails, when the limit has passed. */
    static Result run(Duration limit, Map<String, String> variables, List<String> command) {
        try (Child child = Child.start(Path.of("/"), variables, command)) {
            int exitCode = child.awaitExit(limit);
            return new Result(String.join(" ", command), exitCode, child.output());
        }
    }

    /** A script of this package's resources, as a file. */
    static String script(String name) {
        var found = Tool.class.getResource(name);
        if (found == null) {
            throw new AssertionError("no resource " + name);
        }
        return Path.of(URI.create(found.toString())).toString();
    }

    /** Skips the test if a program is missing. */
    static void require(String... programs) {
        for (String program : programs) {
            if (PLACES.stream().noneMatch(place -> Files.isExecutable(place.resolve(program)))) {
                skip(program + " is not installed");
            }
        }
    }

    /** Skips the test if Python has no libnbd. */
    static void requireLibnbd() {
        require("python3");
        if (run(PYTHON, "-c", "import nbd").exitCode() != 0) {
            skip("the Python module nbd (package python3-libnbd) is not installed");
        }
    }

    /** Skips the test, and says why. */
    static void skip(String reason) {
        System.out.println("skipped: " + reason);
        Assumptions.abort(reason);
    }
}
