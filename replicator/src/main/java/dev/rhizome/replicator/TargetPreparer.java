package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Replica;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.TargetSettings;
import dev.rhizome.replicator.discarded.DiscardedJournal;
import dev.rhizome.replicator.discarded.JournalWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Does what is to be done before this node's data is replaced: the program before-resync-target is
 * asked, and then what is about to be discarded is kept. On threads of its own.
 */
final class TargetPreparer {
    private final VolumeOptions options;
    private final HandlerRunner handlers;

    TargetPreparer(VolumeOptions options, HandlerRunner handlers) {
        this.options = options;
        this.handlers = handlers;
    }

    /** What an answer is told to, on any thread. */
    interface Told {
        /** See {@link dev.rhizome.core.Replica#targetPrepared}. */
        void result(boolean done, String detail);
    }

    /**
     * What is to be kept.
     *
     * @param runs the blocks; none: nothing is
     * @param volumeBytes the volume's size
     * @param generation the generation of this node's data
     */
    record Discarded(List<JournalWriter.Run> runs, long volumeBytes, String generation) {}

    /** What the configuration asks for. */
    static TargetSettings settings(VolumeOptions options) {
        return new TargetSettings(
                options.handlers().containsKey(Handler.BEFORE_RESYNC_TARGET),
                options.keepDiscarded() != null);
    }

    /** What the engine wants to be kept; on the event loop. */
    static Discarded discarded(Replica replica, boolean keep, boolean whole) {
        return new Discarded(
                keep ? runs(replica.bitmap(), whole) : List.of(),
                replica.volumeBytes(),
                replica.superblock().generations().asText().get(0));
    }

    private static List<JournalWriter.Run> runs(Bitmap bitmap, boolean whole) {
        if (whole) {
            return List.of(new JournalWriter.Run(0, bitmap.blocks()));
        }
        List<JournalWriter.Run> runs = new ArrayList<>();
        long first = bitmap.nextSet(0);
        while (first >= 0) {
            long end = bitmap.nextClear(first, bitmap.blocks());
            runs.add(new JournalWriter.Run(first, end - first));
            first = end < bitmap.blocks() ? bitmap.nextSet(end) : -1;
        }
        return runs;
    }

    void prepare(Discarded discarded, Told told) {
        if (!handlers.has(Handler.BEFORE_RESYNC_TARGET)) {
            Thread thread = new Thread(() -> keep(discarded, told), "keep-" + options.resource());
            thread.setDaemon(true);
            thread.start();
            return;
        }
        handlers.call(
                Handler.BEFORE_RESYNC_TARGET,
                ended -> {
                    if (ended.exitCode() == 0) {
                        keep(discarded, told);
                    } else {
                        told.result(false, refused(ended));
                    }
                });
    }

    private static String refused(HandlerRunner.Ended ended) {
        String why =
                ended.exitCode() == HandlerRunner.NOT_RUN
                        ? ended.detail()
                        : "it ended with " + ended.exitCode();
        return "before-resync-target has forbidden that this node's data is replaced ("
                + why
                + "): see to that, and connect again";
    }

    private void keep(Discarded discarded, Told told) {
        Path directory = options.keepDiscarded();
        if (directory == null || discarded.runs().isEmpty()) {
            told.result(true, "this node's data may be replaced");
            return;
        }
        try {
            DiscardedJournal kept =
                    new JournalWriter(directory)
                            .keep(
                                    options.disk(),
                                    discarded.runs(),
                                    options.resource(),
                                    options.node(),
                                    discarded.volumeBytes(),
                                    discarded.generation());
            told.result(
                    true,
                    kept.blocks()
                            + " blocks of "
                            + Limits.BLOCK_BYTES
                            + " bytes were kept in "
                            + kept.file());
        } catch (IOException | RuntimeException e) {
            told.result(
                    false,
                    "what is about to be discarded cannot be kept in "
                            + directory
                            + " ("
                            + e.getMessage()
                            + "): make room there, or set keep-discarded = none, and connect"
                            + " again");
        }
    }
}
