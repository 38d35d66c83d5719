package dev.rhizome.replicator.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's example does what it says, and is what the README shows. */
class MirrorFileTest {

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void mirrorsAFile(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[3 * 1024 * 1024 + 123];
        new Random(1).nextBytes(bytes);
        Path file = Files.write(folder.resolve("file"), bytes);
        Path work = Files.createDirectory(folder.resolve("work"));

        MirrorFile.main(work.toString(), file.toString());

        assertThat(work.resolve("copy")).hasBinaryContent(bytes);
    }

    @Test
    void isWhatTheReadmeShows() throws Exception {
        Path root = Path.of("..").toRealPath();
        String source =
                Files.readString(
                        root.resolve(
                                "replicator/src/test/java/dev/rhizome/replicator/example/MirrorFile.java"));
        String shown = source.substring(source.indexOf("/** Mirrors a file"));

        assertThat(Files.readString(root.resolve("README.md")))
                .contains("```java\n" + shown + "```");
    }
}
