package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.resource.VolumeOpener;
import java.io.PrintWriter;
import java.util.Map;

/**
 * What surrounds a command, so that tests can run one without a process.
 *
 * @param variables the environment's
 * @param out for answers
 * @param err for what went wrong
 * @param opener where volumes come from
 * @param terminal whether answers go to a terminal
 */
public record Environment(
        Map<String, String> variables,
        PrintWriter out,
        PrintWriter err,
        VolumeOpener opener,
        boolean terminal) {

    /** Not on a terminal. */
    public Environment(
            Map<String, String> variables, PrintWriter out, PrintWriter err, VolumeOpener opener) {
        this(variables, out, err, opener, false);
    }
}
