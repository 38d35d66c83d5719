package dev.rhizome.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/nbd.md: every row names tests, and each of them is there. */
final class NbdDocumentTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path DOCUMENT = ROOT.resolve("docs/nbd.md");
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*Test)\\.(\\w+)`");
    private static final List<Path> SOURCES =
            List.of(ROOT.resolve("transport/src/test/java"), ROOT.resolve("tests/src/test/java"));

    private static List<String> rows() throws IOException {
        List<String> lines = Files.readAllLines(DOCUMENT);
        List<String> rows = new ArrayList<>();
        for (int at = 0; at < lines.size(); at++) {
            String line = lines.get(at);
            boolean heading = at + 1 < lines.size() && lines.get(at + 1).startsWith("|---");
            if (line.startsWith("|") && !line.startsWith("|---") && !heading) {
                rows.add(line);
            }
        }
        return rows;
    }

    private static String source(String testClass) throws IOException {
        for (Path folder : SOURCES) {
            try (Stream<Path> files = Files.walk(folder)) {
                List<Path> found =
                        files.filter(file -> file.endsWith(testClass + ".java")).toList();
                if (!found.isEmpty()) {
                    return Files.readString(found.get(0));
                }
            }
        }
        throw new AssertionError("docs/nbd.md names a test class that is not there: " + testClass);
    }

    @Test
    void everyRowNamesTestsThatAreThere() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(60);
        for (String row : rows()) {
            Matcher named = TEST.matcher(row);
            boolean any = false;
            while (named.find()) {
                any = true;
                Pattern method =
                        Pattern.compile(
                                "@(?:Test|ParameterizedTest)\\b[^{;]*?(?:\\{[^}]*}[^{;]*?)?"
                                        + "\\bvoid "
                                        + named.group(2)
                                        + "\\(");
                assertThat(method.matcher(source(named.group(1))).find())
                        .as("there is no test " + named.group(1) + "." + named.group(2))
                        .isTrue();
            }
            assertThat(any).as("no test in the row " + row).isTrue();
        }
    }

    @Test
    void everyTestOfTheTextIsThereToo() throws IOException {
        Matcher named = TEST.matcher(Files.readString(DOCUMENT));
        while (named.find()) {
            assertThat(source(named.group(1))).contains("void " + named.group(2) + "(");
        }
    }
}
