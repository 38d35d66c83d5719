package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client that writes stamped blocks through NBD with 16 requests in flight, and keeps a journal
 * of what was acknowledged (writer.py).
 */
final class StampedWriter implements AutoCloseable {
    private static final Pattern END =
            Pattern.compile("ended: acknowledged=(\\d+) failed=(\\d+) last=(\\d+)");

    private final Child child;
    private final Path journal;

    private StampedWriter(Child child, Path journal) {
        this.child = child;
        this.journal = journal;
    }

    /**
     * How it ended.
     *
     * @param acknowledged writes that were acknowledged
     * @param failed writes that were answered with an error
     * @param last the last write's sequence number
     */
    record End(long acknowledged, long failed, long last) {}

    /** Writes for a moment; nothing fails. As {@link #start}. */
    static void writeSome(NodeProcess node, Path journal, long firstSequence) {
        try (StampedWriter writer = start(node, journal, firstSequence)) {
            writer.awaitMore(250);
            assertThat(writer.stop().failed()).isZero();
        }
    }

    /**
     * Starts to write.
     *
     * @param node a Primary
     * @param journal the journal's file, a new one
     * @param firstSequence above all numbers of earlier writers
     */
    static StampedWriter start(NodeProcess node, Path journal, long firstSequence) {
        Child child =
                Child.start(
                        Path.of("/"),
                        Map.of(),
                        List.of(
                                Tool.PYTHON,
                                Tool.script("writer.py"),
                                node.nbdSocket().toString(),
                                journal.toString(),
                                Long.toString(firstSequence)));
        StampedWriter writer = new StampedWriter(child, journal);
        child.awaitLine("connected");
        return writer;
    }

    Path journal() {
        return journal;
    }

    /** Waits until so many more writes have been acknowledged, from now on. */
    void awaitMore(int acknowledgements) {
        int line = child.lines().size();
        for (int seen = 0; seen < acknowledgements; seen += 250) {
            child.awaitLine("acknowledged ", line++);
        }
    }

    /** Waits until a write has failed, the first one, with this error by its name in errno(3). */
    void awaitFirstError(String name) {
        child.awaitLine("first error " + name);
    }

    /** Has it finish what is in flight. */
    End stop() {
        child.say("stop");
        return end();
    }

    /** Waits for its end after the loss of its server. */
    End end() {
        Matcher end = END.matcher(child.awaitLine("ended: "));
        child.awaitExit(Waiting.LIMIT);
        if (!end.find()) {
            throw new AssertionError(child.output());
        }
        return new End(
                Long.parseLong(end.group(1)),
                Long.parseLong(end.group(2)),
                Long.parseLong(end.group(3)));
    }

    /** Fails if an acknowledged write of these journals cannot be read on a Primary. */
    static void requireNoneLost(NodeProcess node, Path... journals) {
        List<String> command = new ArrayList<>();
        command.add(Tool.PYTHON);
        command.add(Tool.script("verify.py"));
        command.add(node.nbdSocket().toString());
        for (Path journal : journals) {
            command.add(journal.toString());
        }
        Tool.run(Waiting.LIMIT, Map.of(), command).orFail();
    }

    @Override
    public void close() {
        child.close();
    }
}
