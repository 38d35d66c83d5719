package dev.rhizome.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code rhizome man}. */
@Command(
        name = "man",
        description = {
            "Writes the man pages, one for each verb, from what --help says.",
            "To see one: man -l DIRECTORY/rhizome-status.8."
        })
final class ManCommand implements Callable<Integer> {
    private final Environment environment;

    @Parameters(paramLabel = "DIRECTORY", description = "Where to; it is made if need be.")
    private Path directory = Path.of(".");

    ManCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws CommandFailure {
        CommandLine whole = RhizomeCommand.whole(environment);
        int pages = 1;
        try {
            Files.createDirectories(directory);
            write(whole);
            for (CommandLine verb : whole.getSubcommands().values()) {
                write(verb);
                pages++;
                for (Map.Entry<String, CommandLine> sub : verb.getSubcommands().entrySet()) {
                    write(sub.getValue());
                    pages++;
                }
            }
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.REFUSED, "cannot write to " + directory + ": " + e.getMessage());
        }
        environment.out().println(pages + " pages in " + directory);
        return ExitCode.OK;
    }

    private void write(CommandLine command) throws IOException {
        Path page = directory.resolve(ManPage.name(command) + "." + ManPage.SECTION);
        Files.writeString(page, ManPage.of(command));
    }
}
