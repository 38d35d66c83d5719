package dev.rhizome.daemon.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rhizome resize}. */
@Command(
        name = "resize",
        description = {
            "Makes the volume larger on both nodes, while it is used. Make both backing devices"
                    + " larger first."
        })
final class ResizeCommand extends ResourceCommand {

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description =
                    "The new size in bytes, or with K, M, G or T (1024 each). Without it, as large"
                            + " as both nodes can have it.")
    private long sizeBytes;

    @Option(
            names = "--assume-clean",
            description =
                    "What is new is the same on both backing devices already: leave it as it is."
                            + " Without it, it reads as zeroes.")
    private boolean assumeClean;

    ResizeCommand(Environment environment) {
        super(environment, "resize");
    }

    @Override
    String body() {
        return "{\"size-bytes\":" + sizeBytes + ",\"assume-clean\":" + assumeClean + "}";
    }
}
