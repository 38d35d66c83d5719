package dev.rhizome.daemon.config;

import dev.rhizome.core.policy.Handler;
import dev.rhizome.daemon.config.Option.Section;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** The operator's programs: an option for each. */
final class HandlerOptions {
    /** By what they are called for; all of them. */
    static final Map<Handler, Option<Optional<Path>>> ALL = all();

    private HandlerOptions() {}

    private static Map<Handler, Option<Optional<Path>>> all() {
        Map<Handler, Option<Optional<Path>>> options = new EnumMap<>(Handler.class);
        for (Handler handler : Handler.values()) {
            options.put(
                    handler,
                    new Option<>(
                            Section.HANDLERS,
                            handler.label(),
                            ValueType.OPTIONAL_PATH,
                            "none",
                            meaning(handler)));
        }
        return options;
    }

    static Collection<Option<Optional<Path>>> list() {
        return ALL.values();
    }

    private static String meaning(Handler handler) {
        return switch (handler) {
            case LOCAL_IO_ERROR ->
                    "The program that on-io-error = call-local-io-error calls before the disk is"
                            + " let go; it finds what it is about in its environment.";
            case FENCE_PEER ->
                    "The program that keeps the peer from going on without this node; its exit code"
                            + " says what has become of it, as DRBD's does.";
            case UNFENCE_PEER -> "The program that takes that back, once both nodes have the same.";
            case INITIAL_SPLIT_BRAIN ->
                    "The program that is called when a split brain is found, resolved or not.";
            case SPLIT_BRAIN ->
                    "The program that is called when a split brain is found that a person must"
                            + " resolve.";
            case PRI_LOST_AFTER_SB ->
                    "The program that is called when a policy gives up the data of this node while"
                            + " it is Primary: its clients are about to end.";
            case PRI_ON_INCON_DEGR ->
                    "The program that is called when this node is Primary and neither node has"
                            + " UpToDate data any more.";
            case BEFORE_RESYNC_TARGET ->
                    "The program that is called before this node's data is replaced by the peer's;"
                            + " an exit code but 0 forbids that, and the nodes part.";
            case AFTER_RESYNC_TARGET ->
                    "The program that is called when this node's data has been replaced by the"
                            + " peer's.";
            case OUT_OF_SYNC ->
                    "The program that is called when a verify of this node has found blocks that"
                            + " differ.";
        };
    }
}
