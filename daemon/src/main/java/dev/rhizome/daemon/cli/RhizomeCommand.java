package dev.rhizome.daemon.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code rhizome} command. */
@Command(
        name = "rhizome",
        mixinStandardHelpOptions = true,
        versionProvider = RhizomeCommand.Version.class,
        description = "Keeps a volume identical on two nodes.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "rhizome COMMAND --help says more.",
            "",
            "Exit codes:",
            "   0  done, or nothing to do",
            "   1  a check has found damage, or a problem",
            "   2  the command line is wrong",
            "   5  what was waited for is not so yet, and the time is over",
            "  10  the configuration is wrong, or there is no such node or resource",
            "  11  refused: the state, a disk or a file stands against it",
            "  17  refused: there is no up-to-date data",
            "  20  the daemon cannot be reached or does not answer",
            "  70  a bug"
        })
public final class RhizomeCommand implements Runnable {

    /** In the order of the help; only the one that is asked for is built. */
    private static final Map<String, Function<Environment, Object>> COMMANDS = commands();

    @Spec private @org.jspecify.annotations.Nullable CommandSpec spec;

    private RhizomeCommand() {}

    /**
     * Runs one command.
     *
     * @return the exit code
     */
    public static int run(Environment environment, String... arguments) {
        Function<Environment, Object> only =
                arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
        CommandLine line =
                only == null ? whole(environment) : with(Map.of(arguments[0], only), environment);
        line.setOut(environment.out());
        line.setErr(environment.err());
        line.setParameterExceptionHandler((fault, all) -> onUsageFault(environment, fault));
        line.setExecutionExceptionHandler(
                (failure, command, parsed) -> onFailure(environment, failure));
        int exitCode = line.execute(arguments);
        environment.out().flush();
        environment.err().flush();
        return exitCode;
    }

    /** The command with all verbs, for those that speak about it. */
    static CommandLine whole(Environment environment) {
        return with(COMMANDS, environment);
    }

    private static CommandLine with(
            Map<String, Function<Environment, Object>> commands, Environment environment) {
        CommandLine line = new CommandLine(new RhizomeCommand());
        commands.forEach((name, make) -> line.addSubcommand(name, make.apply(environment)));
        return withHelp(line);
    }

    /** Whose verbs all know {@code --help}. */
    static CommandLine withHelp(CommandLine line) {
        line.getSubcommands()
                .values()
                .forEach(sub -> sub.getCommandSpec().mixinStandardHelpOptions(true));
        return line;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing");
        }
    }

    private static int onUsageFault(Environment environment, ParameterException fault) {
        StringBuilder text = new StringBuilder("rhizome: ").append(fault.getMessage());
        if (fault instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            text.append("; did you mean ")
                    .append(String.join(" or ", unmatched.getSuggestions()))
                    .append('?');
        }
        text.append("; ")
                .append(fault.getCommandLine().getCommandSpec().qualifiedName())
                .append(" --help says more");
        environment.err().println(text.toString().replaceAll("\\s+", " "));
        return ExitCode.USAGE;
    }

    private static int onFailure(Environment environment, Exception failure) {
        if (failure instanceof CommandFailure expected) {
            String.valueOf(expected.getMessage())
                    .lines()
                    .forEach(line -> environment.err().println("rhizome: " + line));
            return expected.exitCode();
        }
        environment.err().println("rhizome: a bug: " + failure);
        failure.printStackTrace(environment.err());
        return ExitCode.BUG;
    }

    private static Map<String, Function<Environment, Object>> commands() {
        Map<String, Function<Environment, Object>> commands = new LinkedHashMap<>();
        commands.put("status", StatusCommand::new);
        commands.put("events", EventsCommand::new);
        commands.put("wait-connect", WaitCommands.WaitConnect::new);
        commands.put("wait-sync", WaitCommands.WaitSync::new);
        commands.put("primary", ResourceCommand.Primary::new);
        commands.put("secondary", ResourceCommand.Secondary::new);
        commands.put("up", ResourceCommand.Up::new);
        commands.put("down", ResourceCommand.Down::new);
        commands.put("connect", ResourceCommand.Connect::new);
        commands.put("disconnect", ResourceCommand.Disconnect::new);
        commands.put("attach", DiskCommand.Attach::new);
        commands.put("detach", DiskCommand.Detach::new);
        commands.put("replace", DiskCommand.Replace::new);
        commands.put("verify", VerifyCommand::new);
        commands.put("pause-sync", SyncCommands.PauseSync::new);
        commands.put("resume-sync", SyncCommands.ResumeSync::new);
        commands.put("invalidate", SyncCommands.Invalidate::new);
        commands.put("invalidate-remote", SyncCommands.InvalidateRemote::new);
        commands.put("new-current-uuid", SyncCommands.NewCurrentUuid::new);
        commands.put("suspend-io", IoCommands.SuspendIo::new);
        commands.put("resume-io", IoCommands.ResumeIo::new);
        commands.put("outdate", IoCommands.Outdate::new);
        commands.put("resize", ResizeCommand::new);
        commands.put("discarded", DiscardedCommand::new);
        commands.put("config", ConfigCommand::create);
        commands.put("doctor", DoctorCommand::new);
        commands.put("adjust", AdjustCommand::new);
        commands.put("create-md", CreateMetadataCommand::new);
        commands.put("dump-md", DumpMetadataCommand::new);
        commands.put("restore-md", RestoreMetadataCommand::new);
        commands.put("verify-md", VerifyMetadataCommand::new);
        commands.put("show-gi", ShowGenerationsCommand::new);
        commands.put("pki", PkiCommand::new);
        commands.put("daemon", DaemonCommand::new);
        commands.put("witness", WitnessCommand::new);
        commands.put("completion", CompletionCommand::new);
        commands.put("man", ManCommand::new);
        return commands;
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = RhizomeCommand.class.getPackage().getImplementationVersion();
            return new String[] {"rhizome " + (version == null ? "(not packaged)" : version)};
        }
    }
}
