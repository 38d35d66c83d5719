package dev.rhizome.daemon.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.daemon.config.ConfigurationReader;
import dev.rhizome.daemon.config.OptionHelp;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rhizome config}: what one asks before the daemon does. */
@Command(
        name = "config",
        description = "Explains the configuration's options, and checks the configuration.",
        synopsisSubcommandLabel = "COMMAND")
final class ConfigCommand implements Runnable {
    @Spec private @Nullable CommandSpec spec;

    private ConfigCommand() {}

    static Object create(Environment environment) {
        CommandLine line = new CommandLine(new ConfigCommand());
        line.addSubcommand("explain", new Explain(environment));
        line.addSubcommand("check", new Check(environment));
        return RhizomeCommand.withHelp(line);
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "explain or check is missing");
        }
    }

    @Command(
            name = "explain",
            description = "Says what options mean, what may stand there, and their defaults.")
    static final class Explain implements Callable<Integer> {
        private final Environment environment;

        @Parameters(
                arity = "0..1",
                paramLabel = "KEY",
                description =
                        "An option or a section, such as ping-timeout or resources.r0.net; without"
                                + " it, all.")
        private @Nullable String key;

        @Option(names = "--json", description = "As JSON.")
        private boolean json;

        Explain(Environment environment) {
            this.environment = environment;
        }

        @Override
        public Integer call() throws CommandFailure {
            List<OptionHelp> options;
            try {
                options = key == null ? OptionHelp.all() : OptionHelp.find(key);
            } catch (ConfigurationException e) {
                throw ClusterOptions.failure(e);
            }
            if (json) {
                printJson(options);
            } else {
                print(options);
            }
            return ExitCode.OK;
        }

        private void print(List<OptionHelp> options) {
            PrintWriter out = environment.out();
            String gap = "";
            for (OptionHelp option : options) {
                out.print(gap);
                out.println(option.path());
                out.println("  " + option.meaning());
                out.println("  value:   " + option.type());
                String standard = option.standard();
                out.println("  default: " + (standard == null ? "it must be given" : standard));
                out.println("  change:  " + option.change().meaning());
                gap = System.lineSeparator();
            }
        }

        private void printJson(List<OptionHelp> options) {
            List<Map<String, Object>> trees =
                    options.stream()
                            .map(
                                    option -> {
                                        Map<String, Object> tree = new LinkedHashMap<>();
                                        tree.put("path", option.path());
                                        tree.put("meaning", option.meaning());
                                        tree.put("value", option.type());
                                        tree.put("default", option.standard());
                                        tree.put("change", option.change().label());
                                        return tree;
                                    })
                            .toList();
            try {
                environment
                        .out()
                        .println(JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(trees));
            } catch (IOException e) {
                throw new UncheckedIOException("in memory", e);
            }
        }
    }

    @Command(
            name = "check",
            description = {
                "Reads the configuration as the daemon would, and says all that is wrong with it.",
                "The files of conf.d beside it belong to it."
            })
    static final class Check implements Callable<Integer> {
        private final Environment environment;

        @Mixin private final ClusterOptions cluster = new ClusterOptions();

        @Parameters(
                arity = "0..1",
                paramLabel = "FILE",
                description = "The file; default: what --config says.")
        private @Nullable Path file;

        Check(Environment environment) {
            this.environment = environment;
        }

        @Override
        public Integer call() throws CommandFailure {
            ClusterConfiguration configuration;
            try {
                configuration =
                        file == null
                                ? cluster.read(environment.variables())
                                : ConfigurationReader.read(file);
            } catch (ConfigurationException e) {
                throw ClusterOptions.failure(e);
            }
            environment
                    .out()
                    .println(
                            configuration.file()
                                    + ": good; nodes: "
                                    + names(configuration.nodes().keySet())
                                    + "; resources: "
                                    + names(configuration.resources().keySet()));
            return ExitCode.OK;
        }

        private static String names(Iterable<String> names) {
            String joined = String.join(", ", names);
            return joined.isEmpty() ? "none" : joined;
        }
    }
}
