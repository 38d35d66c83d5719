package dev.rhizome.daemon.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code rhizome completion}. */
@Command(
        name = "completion",
        description = {
            "Prints a script that completes verbs and options in bash and zsh.",
            "For this shell: source <(rhizome completion). For all: write it to"
                    + " /usr/share/bash-completion/completions/rhizome."
        })
final class CompletionCommand implements Callable<Integer> {
    private final Environment environment;

    CompletionCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        environment.out().print(AutoComplete.bash("rhizome", RhizomeCommand.whole(environment)));
        return ExitCode.OK;
    }
}
