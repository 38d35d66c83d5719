package dev.rhizome.fuzz;

import dev.rhizome.core.dump.DumpException;
import dev.rhizome.core.dump.DumpParser;
import dev.rhizome.core.dump.DumpWriter;
import dev.rhizome.core.dump.MetadataDump;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The text of a dump. */
final class DumpTarget implements Target {

    /** A run of blocks. */
    private record Run(long first, long count) {}

    @Override
    public String name() {
        return "dump";
    }

    @Override
    public boolean text() {
        return true;
    }

    @Override
    public List<byte[]> seeds() {
        MetadataDump fresh = new MetadataDump(Superblock.created("r0", 1 << 20), 0, List.of());
        MetadataDump busy =
                new MetadataDump(
                        new Superblock(
                                99,
                                "r0",
                                (1L << 40) + 512,
                                0x800000FF,
                                new Generations(-1, 9, List.of(3L, 4L))),
                        1024,
                        List.of(0, 1, 2, 77, 262_144));
        return List.of(
                bytes(written(fresh, List.of())),
                bytes(written(fresh, List.of(new Run(0, 256)))),
                bytes(
                        written(
                                busy,
                                List.of(new Run(5, 1), new Run(7, 1000), new Run(1 << 28, 1)))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String written(MetadataDump dump, List<Run> runs) {
        StringBuilder text = new StringBuilder();
        DumpWriter writer = new DumpWriter(line -> text.append(line).append('\n'));
        writer.begin(dump, List.of());
        runs.forEach(run -> writer.blocks(run.first, run.count));
        writer.end();
        return text.toString();
    }

    private static MetadataDump parsed(String text, List<Run> runs) throws DumpException {
        DumpParser parser = new DumpParser();
        for (String line : text.split("\n", -1)) {
            if (parser.line(line)) {
                runs.add(new Run(parser.firstBlock(), parser.blockCount()));
            }
        }
        return parser.end();
    }

    @Override
    public boolean accepts(byte[] input) {
        List<Run> runs = new ArrayList<>();
        MetadataDump dump;
        try {
            dump = parsed(new String(input, StandardCharsets.ISO_8859_1), runs);
        } catch (DumpException e) {
            String message = String.valueOf(e.getMessage());
            Target.require(e.line() > 0, "an error without its line");
            Target.require(
                    message.chars().allMatch(each -> each >= ' ' && each < 127),
                    "an error that upsets a terminal");
            return false;
        }
        long end = 0;
        for (Run run : runs) {
            Target.require(run.first >= end && run.count > 0, "runs out of order");
            end = run.first + run.count;
        }
        Target.require(
                end <= (dump.superblock().volumeBytes() + 4095) / 4096, "a run beyond the end");
        List<Run> again = new ArrayList<>();
        String text = written(dump, runs);
        try {
            Target.require(dump.equals(parsed(text, again)), "what was read is written otherwise");
        } catch (DumpException e) {
            throw new AssertionError("what was read cannot be read again", e);
        }
        Target.require(written(dump, again).equals(text), "the runs have changed");
        return true;
    }
}
