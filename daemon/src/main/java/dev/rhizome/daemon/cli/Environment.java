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
 */
public record Environment(
        Map<String, String> variables, PrintWriter out, PrintWriter err, VolumeOpener opener) {}
