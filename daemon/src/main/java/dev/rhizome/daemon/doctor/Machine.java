package dev.rhizome.daemon.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The machine that is looked at: its files, and what its programs say.
 *
 * @param root where its root directory is
 * @param programs what a program prints; empty if it is not there or fails
 */
public record Machine(Path root, Function<List<String>, String> programs) {
    private static final int PROGRAM_SECONDS = 10;
    private static final int MAX_FILE_BYTES = 4 << 20;

    /** This one. */
    public static Machine here() {
        return new Machine(Path.of("/"), Machine::run);
    }

    Path path(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    boolean exists(String absolute) {
        return Files.exists(path(absolute));
    }

    /** A file's text without blanks at its ends; empty if it cannot be read. */
    String read(String absolute) {
        try (var in = Files.newInputStream(path(absolute))) {
            return new String(in.readNBytes(MAX_FILE_BYTES), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }

    String program(String... words) {
        return programs.apply(List.of(words)).strip();
    }

    private static String run(List<String> words) {
        try {
            Process process =
                    new ProcessBuilder(words)
                            .redirectErrorStream(true)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .start();
            boolean ended = process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
                return "";
            }
            byte[] text = process.getInputStream().readNBytes(MAX_FILE_BYTES);
            return process.exitValue() == 0 ? new String(text, StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
