package dev.rhizome.simulator;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The simulator's entry: {@code scripts/simulate --help} says what it can do. */
public final class SimulatorMain {
    /** A promise was broken, or a planted bug was not found. */
    static final int BROKEN = 1;

    /** The command line is wrong. */
    static final int USAGE = 2;

    /** The property that says whether a person looks on: only the shell can tell. */
    private static final String TERMINAL = "rhizome.simulator.terminal";

    private SimulatorMain() {}

    /** Runs and exits with the exit code. */
    public static void main(String[] arguments) {
        System.exit(run(System.out, System.err, Boolean.getBoolean(TERMINAL), arguments));
    }

    /**
     * Runs.
     *
     * @param terminal whether a person looks on
     * @return 0 if all is well
     */
    static int run(PrintStream out, PrintStream err, boolean terminal, String... arguments) {
        CommandLine line = new CommandLine(new SimulateCommand(out, terminal));
        line.getCommandSpec()
                .addOption(
                        OptionSpec.builder("-h", "--help")
                                .usageHelp(true)
                                .description("Show this.")
                                .build());
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setParameterExceptionHandler((fault, all) -> onUsageFault(fault));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line.execute(arguments);
    }

    private static int onUsageFault(ParameterException fault) {
        StringBuilder text = new StringBuilder("simulate: ").append(fault.getMessage());
        if (fault instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            text.append("; did you mean ")
                    .append(String.join(" or ", unmatched.getSuggestions()))
                    .append('?');
        }
        text.append("; --help says more");
        fault.getCommandLine().getErr().println(text.toString().replaceAll("\\s+", " "));
        return USAGE;
    }
}
