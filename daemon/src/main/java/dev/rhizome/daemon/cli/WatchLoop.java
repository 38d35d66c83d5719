package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.screen.Look;
import dev.rhizome.daemon.screen.Terminal;
import dev.rhizome.daemon.screen.Terminal.Size;
import dev.rhizome.daemon.screen.WatchScreen;
import java.util.Map;

/** Shows what the daemon says, once a second, until somebody ends it. */
final class WatchLoop {

    /** Asks the daemon. */
    @FunctionalInterface
    interface Source {
        Map<String, Object> look() throws CommandFailure;
    }

    private final Source source;
    private final String resource;
    private final Look look;

    WatchLoop(Source source, String resource, Look look) {
        this.source = source;
        this.resource = resource;
        this.look = look;
    }

    /** A daemon that does not answer at first ends it; one that ceases to is waited for. */
    void run(Environment environment) throws CommandFailure {
        Map<String, Object> last = source.look();
        Terminal terminal = Terminal.open(environment.out());
        if (terminal == null) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--watch needs a terminal; without it, status shows once");
        }
        try (terminal) {
            String problem = "";
            while (true) {
                Size size = terminal.size();
                terminal.show(
                        WatchScreen.draw(
                                last, resource, problem, size.columns(), size.rows(), look));
                int key = terminal.key();
                if (key == 'q' || environment.out().checkError()) {
                    return;
                }
                try {
                    last = source.look();
                    problem = "";
                } catch (CommandFailure e) {
                    problem = String.valueOf(e.getMessage());
                }
            }
        }
    }
}
