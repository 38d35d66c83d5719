package dev.rhizome.fuzz;

import java.util.List;

/** All decoders of what this process has not made itself. */
public final class Targets {
    static final List<Target> ALL =
            List.of(
                    new SuperblockTarget(),
                    new ActivityLogTarget(),
                    new BitmapPageTarget(),
                    new BitmapChunkTarget(),
                    new FrameTarget(),
                    new HelloTarget(),
                    new GenerationsTarget(),
                    new TextTarget(),
                    new DumpTarget());

    private Targets() {}
}
