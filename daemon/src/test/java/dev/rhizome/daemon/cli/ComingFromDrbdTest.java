package dev.rhizome.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.FakeOpener;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** docs/coming-from-drbd.md: what it names of Rhizome is there. */
class ComingFromDrbdTest {
    private static final Path PAGE = Path.of("../docs/coming-from-drbd.md");
    private static final Set<String> WORDS = Set.of("", "same", "better", "other", "absent");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern OPTION = Pattern.compile("(?:net\\.|disk\\.)?[a-z][a-z0-9-]*");

    private final Environment environment =
            new Environment(
                    Map.of(),
                    new PrintWriter(new StringWriter()),
                    new PrintWriter(new StringWriter()),
                    new FakeOpener());

    /** A row of a table, and the section that it stands in. */
    private record Row(String section, String drbd, String rhizome, String word) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        String section = "";
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("## ")) {
                section = line.substring(3);
            } else if (line.startsWith("|") && !line.startsWith("|---")) {
                String[] cells = line.substring(1, line.length() - 1).split("\\|", -1);
                if (cells.length == 3) {
                    rows.add(
                            new Row(section, cells[0].strip(), cells[1].strip(), cells[2].strip()));
                }
            }
        }
        assertThat(rows).hasSizeGreaterThan(100);
        return rows;
    }

    private static List<String> code(String text) {
        return CODE.matcher(text).results().map(found -> found.group(1)).toList();
    }

    @Test
    void everyRowIsSameBetterOtherOrAbsent() throws IOException {
        for (Row row : rows()) {
            assertThat(WORDS).as(row.toString()).contains(row.word());
        }
    }

    @Test
    void everyCommandIsThereWithItsOptions() throws IOException {
        List<String> commands =
                code(Files.readString(PAGE)).stream()
                        .filter(command -> command.startsWith("rhizome "))
                        .toList();
        assertThat(commands).hasSizeGreaterThan(50);
        for (String command : commands) {
            requireIsThere(command);
        }
    }

    private void requireIsThere(String command) {
        CommandLine verb = RhizomeCommand.whole(environment);
        for (String word : command.substring("rhizome ".length()).split(" ", -1)) {
            if (word.startsWith("--")) {
                assertThat(verb.getCommandSpec().optionsMap()).as(command).containsKey(word);
            } else if (!verb.getSubcommands().isEmpty()) {
                assertThat(verb.getSubcommands()).as(command).containsKey(word);
                verb = Objects.requireNonNull(verb.getSubcommands().get(word));
            }
        }
    }

    @Test
    void everyVerbOfDrbdThatHasTheSameNameHereIsNamed() throws IOException {
        Set<String> named = new TreeSet<>();
        code(Files.readString(PAGE)).stream()
                .filter(command -> command.startsWith("rhizome "))
                .forEach(command -> named.add(command.split(" ", -1)[1]));
        assertThat(named)
                .contains("create-md", "up", "down", "adjust", "primary", "secondary", "connect")
                .contains("disconnect", "attach", "detach", "replace", "invalidate", "verify")
                .contains("invalidate-remote", "pause-sync", "resume-sync", "resize", "outdate")
                .contains("suspend-io", "resume-io", "new-current-uuid", "wait-connect")
                .contains("wait-sync", "status", "events", "dump-md", "restore-md", "show-gi");
    }

    @Test
    void everyOptionIsOneThatConfigExplainKnows() throws IOException {
        int options = 0;
        for (Row row : rows()) {
            if (row.section().equals("Configuration") || row.section().equals("Handlers")) {
                for (String named : code(row.rhizome())) {
                    if (OPTION.matcher(named).matches()) {
                        assertThat(RhizomeCommand.run(environment, "config", "explain", named))
                                .as(named + " in the row of " + row.drbd())
                                .isZero();
                        options++;
                    }
                }
            }
        }
        assertThat(options).isGreaterThan(30);
    }

    @Test
    void theStatesThatAreTheSameHaveTheSameNames() throws IOException {
        Set<String> labels = new TreeSet<>();
        Stream.of(Role.values()).forEach(state -> labels.add(state.label()));
        Stream.of(DiskState.values()).forEach(state -> labels.add(state.label()));
        Stream.of(ConnectionState.values()).forEach(state -> labels.add(state.label()));
        Stream.of(ReplicationState.values()).forEach(state -> labels.add(state.label()));
        Set<String> promised = new TreeSet<>();
        for (Row row : rows()) {
            if (row.section().equals("States and events") && row.word().equals("same")) {
                Matcher state = Pattern.compile("`([A-Z]\\w+)`").matcher(row.drbd());
                state.results().forEach(found -> promised.add(found.group(1)));
            }
        }
        assertThat(labels).containsAll(promised);
        assertThat(promised).hasSizeGreaterThan(20);
    }
}
