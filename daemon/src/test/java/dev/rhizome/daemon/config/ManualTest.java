package dev.rhizome.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.GeneratedSection;
import dev.rhizome.daemon.config.Option.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Keeps docs/configuration.md true: its tables are those of the declaration. With
 * -Drhizome.manual.write=true the test writes them into the page.
 */
class ManualTest {
    private static final Path PAGE = Path.of("../docs/configuration.md");

    @Test
    void thePageSaysWhatTheDeclarationSays() throws IOException {
        GeneratedSection.require(PAGE, "options", tables());
    }

    @Test
    void thePagesExampleIsAGoodConfiguration() throws Exception {
        String page = Files.readString(PAGE);
        int begin = page.indexOf("```hocon\n") + "```hocon\n".length();
        Path example = Files.createTempFile("example", ".conf");
        try {
            Files.writeString(example, page.substring(begin, page.indexOf("```\n", begin)));
            assertThat(ConfigurationReader.read(example).resourcesOn("alpha")).hasSize(1);
        } finally {
            Files.delete(example);
        }
    }

    @Test
    void everyDefaultIsInItsRange() {
        for (Option<?> option : Options.ALL) {
            assertThat(option.standardFor(java.util.Map.of()) == null)
                    .as(option.path())
                    .isEqualTo(option.standard() == null);
        }
    }

    private static String tables() {
        StringBuilder text = new StringBuilder();
        for (Section section : Section.values()) {
            text.append("\n### `").append(section.path()).append("`\n\n");
            text.append("| option | what may stand there | default | meaning |\n");
            text.append("|---|---|---|---|\n");
            for (Option<?> option : Options.ALL) {
                if (option.section() == section) {
                    String standard = option.standard();
                    text.append("| `").append(option.key()).append("` | ");
                    text.append(option.type().description()).append(" | ");
                    text.append(standard == null ? "must be given" : "`" + standard + "`");
                    text.append(" | ").append(option.meaning()).append(" |\n");
                }
            }
        }
        return text.append('\n').toString();
    }
}
