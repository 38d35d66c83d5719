package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every draw of a run, stream by stream, as (bound, value). Can be edited and replayed: a value too
 * large is taken modulo the bound, and a draw that is missing does no harm.
 */
final class Draws {

    /** The draws of one stream. */
    private static final class Stream {
        private long[] pairs = new long[16];
        private int size;

        void add(long bound, long value) {
            if (size == pairs.length) {
                pairs = Arrays.copyOf(pairs, size * 2);
            }
            pairs[size++] = bound;
            pairs[size++] = value;
        }
    }

    private final Map<String, Stream> streams = new TreeMap<>();

    private Stream stream(String path) {
        return streams.computeIfAbsent(path, absent -> new Stream());
    }

    /** Records what is drawn from the seed. */
    Choices recording(long seed) {
        return new Choices(seed, new Recorder("root"));
    }

    /** Draws what is recorded. */
    Choices replaying(long seed) {
        return new Choices(seed, new Replayer("root"));
    }

    /** How many there are. */
    long count() {
        return streams.values().stream().mapToLong(stream -> stream.size / 2).sum();
    }

    void add(String path, long bound, long value) {
        stream(path).add(bound, value);
    }

    /** Lines "stream PATH", each followed by its draws, "BOUND VALUE". */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        streams.forEach(
                (path, stream) -> {
                    if (stream.size > 0) {
                        lines.add("stream " + path);
                    }
                    for (int at = 0; at < stream.size; at += 2) {
                        lines.add(stream.pairs[at] + " " + stream.pairs[at + 1]);
                    }
                });
        return lines;
    }

    private final class Recorder implements Choices.Teller {
        private final String path;
        private final Stream stream;

        Recorder(String path) {
            this.path = path;
            this.stream = stream(path);
        }

        @Override
        public long told(long bound, long drawn, long benign) {
            stream.add(bound, drawn);
            return drawn;
        }

        @Override
        public Choices.Teller fork(String name) {
            return new Recorder(path + "/" + name);
        }
    }

    private final class Replayer implements Choices.Teller {
        private final String path;
        private final Stream stream;
        private int at;

        Replayer(String path) {
            this.path = path;
            this.stream = streams.getOrDefault(path, new Stream());
        }

        @Override
        public long told(long bound, long drawn, long benign) {
            if (at == stream.size) {
                return benign;
            }
            long value = stream.pairs[at + 1];
            at += 2;
            return bound == 0 ? value : Long.remainderUnsigned(value, bound);
        }

        @Override
        public Choices.Teller fork(String name) {
            return new Replayer(path + "/" + name);
        }
    }
}
