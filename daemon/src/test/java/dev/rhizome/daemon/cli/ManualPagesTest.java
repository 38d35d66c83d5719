package dev.rhizome.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.GeneratedSection;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Completion, man pages and docs/cli.md speak of every verb. With -Drhizome.manual.write=true the
 * document's table is written.
 */
class ManualPagesTest {
    private static final Path DOCUMENT = Path.of("../docs/cli.md");

    private final StringWriter out = new StringWriter();
    private final Environment environment =
            new Environment(Map.of(), new PrintWriter(out), new PrintWriter(out), new FakeOpener());
    private final Map<String, CommandLine> verbs =
            RhizomeCommand.whole(environment).getSubcommands();

    @Test
    void theCompletionIsAScriptThatKnowsEveryVerb(@TempDir Path directory) throws Exception {
        assertThat(RhizomeCommand.run(environment, "completion")).isZero();
        assertThat(out.toString()).contains(verbs.keySet());
        Path script = directory.resolve("rhizome.bash");
        Files.writeString(script, out.toString());
        assertThat(run(List.of("bash", "-n", script.toString()))).isEmpty();
    }

    @Test
    void everyVerbHasAPage(@TempDir Path directory) throws Exception {
        assertThat(RhizomeCommand.run(environment, "man", directory.toString())).isZero();

        for (String verb : verbs.keySet()) {
            String page = Files.readString(directory.resolve("rhizome-" + verb + ".8"));
            assertThat(page)
                    .contains(".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXIT STATUS")
                    .doesNotContain("${", "%n");
        }
        assertThat(directory.resolve("rhizome-config-check.8")).isRegularFile();
        assertThat(directory.resolve("rhizome-pki-init.8")).isRegularFile();
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/groff")), "groff is not installed");
        try (var pages = Files.list(directory)) {
            for (Path page : pages.toList()) {
                assertThat(run(List.of("groff", "-man", "-ww", "-z", page.toString()))).isEmpty();
            }
        }
    }

    @Test
    void everyVerbSaysWhatItIsFor() {
        verbs.forEach(
                (name, verb) ->
                        assertThat(verb.getCommandSpec().usageMessage().description())
                                .as(name)
                                .isNotEmpty()
                                .allMatch(line -> line.endsWith(".")));
    }

    @Test
    void theDocumentHasEveryVerb() throws IOException {
        GeneratedSection.require(DOCUMENT, "verbs", table());
    }

    @Test
    void exitCodesAreInTheDocumentAndInTheHelp() throws Exception {
        Set<Integer> codes = new TreeSet<>();
        for (var field : ExitCode.class.getDeclaredFields()) {
            if (field.getType() == int.class) {
                codes.add(field.getInt(null));
            }
        }
        String help = RhizomeCommand.whole(environment).getUsageMessage();
        assertThat(numbers(Files.readString(DOCUMENT), "(?m)^\\| (\\d+) \\|")).isEqualTo(codes);
        assertThat(numbers(help, "(?m)^ +(\\d+)  \\w")).isEqualTo(codes);
    }

    private String table() {
        StringBuilder text = new StringBuilder("\n| verb | what it does |\n|---|---|\n");
        verbs.forEach(
                (name, verb) ->
                        text.append("| `")
                                .append(name)
                                .append("` | ")
                                .append(ManPage.brief(verb.getCommandSpec()))
                                .append(" |\n"));
        return text.append('\n').toString();
    }

    private static Set<Integer> numbers(String text, String pattern) {
        Set<Integer> numbers = new TreeSet<>();
        Pattern.compile(pattern)
                .matcher(text)
                .results()
                .forEach(hit -> numbers.add(Integer.parseInt(hit.group(1))));
        return numbers;
    }

    private static String run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output + (process.exitValue() == 0 ? "" : "exit code " + process.exitValue());
    }
}
