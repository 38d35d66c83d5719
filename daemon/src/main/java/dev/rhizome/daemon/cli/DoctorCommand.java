package dev.rhizome.daemon.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.NodeSettings;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.daemon.config.ConfigurationReader;
import dev.rhizome.daemon.doctor.Diagnosis;
import dev.rhizome.daemon.doctor.Examination;
import dev.rhizome.daemon.doctor.Facts;
import dev.rhizome.daemon.doctor.Machine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rhizome doctor}. */
@Command(
        name = "doctor",
        description = {
            "Says what would bite at a failover, and how to cure it: clock, versions, certificates,"
                    + " disks, kernel, limits, Greengrass.",
            "The other node is compared by its facts: 'ssh NODE rhizome doctor --export | rhizome"
                    + " doctor --compare -'."
        })
final class DoctorCommand implements Callable<Integer> {
    private static final String JSON_TYPE = "application/json";

    @Mixin private final ClusterOptions cluster = new ClusterOptions();

    @Option(names = "--export", description = "Prints this node's facts, for the other node.")
    private boolean export;

    @Option(
            names = "--compare",
            paramLabel = "FILE",
            description = "The other node's facts, as --export has printed them; - for the input.")
    private @Nullable String compare;

    @Option(names = "--json", description = "As JSON, an array of what was found.")
    private boolean json;

    private final Environment environment;
    private final Machine machine;

    DoctorCommand(Environment environment) {
        this(environment, Machine.here());
    }

    DoctorCommand(Environment environment, Machine machine) {
        this.environment = environment;
        this.machine = machine;
    }

    @Override
    public Integer call() throws CommandFailure {
        // First of all: what comes over a pipe is as old as it waits there.
        Other other = compare == null ? null : read(compare);
        Facts facts = examine();
        if (export) {
            environment.out().print(facts.at(Instant.now()).json());
            return ExitCode.OK;
        }
        List<Diagnosis> found =
                other == null
                        ? Examination.diagnose(facts)
                        : Examination.diagnose(facts, other.facts, other.ageMs);
        if (json) {
            printJson(found);
        } else {
            print(facts, found);
        }
        boolean problem = found.stream().anyMatch(DoctorCommand::isProblem);
        return problem ? ExitCode.DAMAGED : ExitCode.OK;
    }

    /** The other node's facts, and how far its clock is behind. */
    private record Other(Facts facts, long ageMs) {}

    private static boolean isProblem(Diagnosis diagnosis) {
        return diagnosis.level() == Diagnosis.Level.PROBLEM;
    }

    private Facts examine() {
        Map<String, String> variables = environment.variables();
        Examination examination = new Examination(machine, Instant.now());
        try {
            ClusterConfiguration configuration = ConfigurationReader.read(cluster.file(variables));
            examination.configuration(configuration);
            NodeSettings node = configuration.node(cluster.nodeName(configuration, variables));
            examination.node(configuration, node);
            askDaemon(examination, node.controlSocket());
        } catch (ConfigurationException | CommandFailure e) {
            examination.noConfiguration(
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
        return examination.facts();
    }

    private void askDaemon(Examination examination, Path socket) {
        try {
            ControlClient client = new ControlClient(socket);
            String watch = client.ask("GET", "/v1/watch", JSON_TYPE, "").body();
            String status = client.ask("GET", "/v1/status", JSON_TYPE, "").body();
            examination.daemon(JSON.std.mapFrom(watch), JSON.std.listFrom(status));
        } catch (CommandFailure e) {
            examination.noDaemon(String.valueOf(e.getMessage()));
        } catch (IOException | ClassCastException e) {
            examination.noDaemon("the daemon's answer is not understood: is it another version?");
        }
    }

    private static Other read(String file) throws CommandFailure {
        boolean input = file.equals("-");
        try {
            String text =
                    input
                            ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                            : Files.readString(Path.of(file));
            Facts facts = Facts.parse(text);
            // A file was written when its facts were printed; a pipe brings them now.
            Instant printed =
                    input ? Instant.now() : Files.getLastModifiedTime(Path.of(file)).toInstant();
            return new Other(facts, facts.ageMs(printed));
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    (input ? "the input" : file) + " cannot be used: " + e.getMessage());
        }
    }

    private void print(Facts facts, List<Diagnosis> found) {
        for (Diagnosis each : found) {
            environment
                    .out()
                    .printf(
                            "%s: %s: %s (%s)%n    %s%n",
                            isProblem(each) ? "PROBLEM" : "warning",
                            each.node(),
                            each.what(),
                            each.rule(),
                            each.cure());
        }
        long problems = found.stream().filter(DoctorCommand::isProblem).count();
        long warnings = found.size() - problems;
        environment
                .out()
                .println(
                        found.isEmpty()
                                ? facts.node() + ": nothing was found"
                                : count(problems, "problem") + ", " + count(warnings, "warning"));
        if (compare == null) {
            environment
                    .out()
                    .println(
                            "Only this node was looked at. For both: ssh NODE rhizome doctor"
                                    + " --export | rhizome doctor --compare -");
        }
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private void printJson(List<Diagnosis> found) throws CommandFailure {
        try {
            environment
                    .out()
                    .println(
                            JSON.std
                                    .with(JSON.Feature.PRETTY_PRINT_OUTPUT)
                                    .asString(found.stream().map(Diagnosis::tree).toList()));
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.BUG, "in memory: " + e.getMessage());
        }
    }
}
