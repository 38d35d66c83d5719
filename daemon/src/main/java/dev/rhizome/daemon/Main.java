package dev.rhizome.daemon;

import dev.rhizome.daemon.cli.Environment;
import dev.rhizome.daemon.cli.RhizomeCommand;
import dev.rhizome.daemon.resource.VolumeOpener;
import dev.rhizome.daemon.screen.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** The {@code rhizome} command's entry. */
public final class Main {

    private Main() {}

    /**
     * Runs one command and exits with its code.
     *
     * @param arguments the verb and its own
     */
    public static void main(String[] arguments) {
        Environment environment =
                new Environment(
                        System.getenv(),
                        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                        VolumeOpener.LIBRARY,
                        Terminal.isOutput());
        System.exit(RhizomeCommand.run(environment, arguments));
    }
}
