package dev.rhizome.fuzz;

import java.util.List;

/** All decoders of what this process has not made itself, and the server that strangers reach. */
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
                    new OptionsTarget(),
                    new DumpTarget(),
                    new WitnessMessageTarget(),
                    new WitnessLedgerTarget(),
                    new NbdServerTarget());

    private Targets() {}
}
