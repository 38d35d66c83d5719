package dev.rhizome.daemon.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EventWarningsTest {

    /** A rule that is renamed must not become an ordinary line of the log. */
    @Test
    void eachRuleIsOneThatIsTold() throws IOException {
        String sources = sources("../replicator-core") + sources("../replicator");

        assertThat(EventWarnings.RULES)
                .allSatisfy(rule -> assertThat(sources).contains('"' + rule + '"'));
    }

    private static String sources(String module) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(module, "src", "main", "java"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(EventWarningsTest::text)
                    .collect(Collectors.joining());
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
