package dev.rhizome.daemon.cli;

import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rhizome events}. */
@Command(
        name = "events",
        description = {
            "Shows what is so, and then what happens, a line each, until it is ended.",
            "The lines are those of drbdsetup events2: exists, create, change and destroy with the"
                    + " keys of a resource, device, connection, peer-device or path; 'exists -'"
                    + " ends what is so at first. 'event' tells a decision with its rule."
        })
final class EventsCommand extends ClientCommand {
    private static final String DATA = "data: ";

    @Parameters(arity = "0..1", paramLabel = "RESOURCE", description = "Only of this one.")
    private @Nullable String resource;

    @Option(names = "--json", description = "As JSON, an object a line; the first is a snapshot.")
    private boolean json;

    @Option(names = "--now", description = "Only what is so now.")
    private boolean now;

    @Option(
            names = "--timestamps",
            description = "With the time before each line; JSON has it in any case.")
    private boolean timestamps;

    private boolean told;

    EventsCommand(Environment environment) {
        super(environment);
    }

    @Override
    public Integer call() throws CommandFailure {
        String path =
                resource == null
                        ? "/v1/events"
                        : "/v1/events?resource="
                                + URLEncoder.encode(resource, StandardCharsets.UTF_8);
        stream(path, json ? "text/event-stream" : "text/plain", json ? this::onJson : this::onText);
        if ((now && told) || environment().out().checkError()) {
            return ExitCode.OK;
        }
        throw new CommandFailure(ExitCode.NO_DAEMON, "the daemon has ended the stream");
    }

    private boolean onJson(String line) {
        return !line.startsWith(DATA) || print(line.substring(DATA.length()), now);
    }

    private boolean onText(String line) {
        String time =
                timestamps ? Instant.now().truncatedTo(ChronoUnit.MILLIS).toString() + " " : "";
        return print(time + line, now && line.equals("exists -"));
    }

    /** Prints at once; whether to go on. */
    private boolean print(String line, boolean last) {
        PrintWriter out = environment().out();
        out.println(line);
        told |= last;
        // Whoever has read the lines may have gone.
        return !out.checkError() && !last;
    }
}
