package dev.rhizome.endtoend;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The rhizome command, as the build lays it out to be installed. */
final class Rhizome {
    private static final Path LAYOUT = Path.of("..", "daemon", "target", "rhizome");

    private Rhizome() {}

    private static Path program() {
        Path program = LAYOUT.resolve("bin/rhizome").toAbsolutePath().normalize();
        if (!Files.isExecutable(program)) {
            throw new AssertionError(
                    program + " is not there; the daemon's package phase makes it");
        }
        return program;
    }

    /** The JVM that runs the tests also runs the daemons. */
    static Map<String, String> environment() {
        return Map.of("JAVA_HOME", System.getProperty("java.home"));
    }

    static List<String> command(String... words) {
        List<String> command = new ArrayList<>(words.length + 1);
        command.add(program().toString());
        command.addAll(List.of(words));
        return command;
    }

    static Tool.Result run(String... words) {
        return Tool.run(Waiting.LIMIT, environment(), command(words));
    }
}
