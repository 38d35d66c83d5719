package dev.rhizome.transport.nbd;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options that list and select metadata contexts. There is one, "base:allocation": a replicated
 * volume has no map of holes, so that all of it counts as allocated, which is what the context says
 * where nothing is known.
 */
final class NbdMetaContexts {
    private static final String NAMESPACE = "base:";

    /** LIST leaves this to be ignored. */
    private static final int NO_ID = 0;

    private final NbdExportOptions exports;
    private final NbdOptionReplies replies;
    private boolean selected;

    NbdMetaContexts(NbdExportOptions exports, NbdOptionReplies replies) {
        this.exports = exports;
        this.replies = replies;
    }

    /** Whether "base:allocation" is selected. */
    boolean selected() {
        return selected;
    }

    /** Nothing has been selected, as at the beginning. */
    void reset() {
        selected = false;
    }

    /** LIST_META_CONTEXT. */
    void list(ByteBuffer data, boolean structured) {
        List<String> queries = queries(data, structured);
        if (queries == null) {
            return;
        }
        if (queries.isEmpty() || queries.contains(NAMESPACE) || queries.contains(Nbd.ALLOCATION)) {
            replies.context(NO_ID, Nbd.ALLOCATION);
        }
        replies.done();
    }

    /** SET_META_CONTEXT: replaces what was selected, also if it fails. */
    void select(ByteBuffer data, boolean structured) {
        selected = false;
        List<String> queries = queries(data, structured);
        if (queries == null) {
            return;
        }
        if (queries.contains(Nbd.ALLOCATION)) {
            selected = true;
            replies.context(Nbd.ALLOCATION_ID, Nbd.ALLOCATION);
        }
        replies.done();
    }

    /** The queries; null if the option has been answered with an error. */
    private @Nullable List<String> queries(ByteBuffer data, boolean structured) {
        if (!structured) {
            return invalid("metadata contexts need structured replies");
        }
        String name = NbdExportOptions.takeName(data);
        if (name == null || data.remaining() < Integer.BYTES) {
            return invalid("the export's name does not fit the option");
        }
        int count = data.getInt();
        List<String> queries = new ArrayList<>();
        while (data.hasRemaining()) {
            String query = NbdExportOptions.takeName(data);
            if (query == null) {
                return invalid("a query does not fit the option");
            }
            if (query.indexOf(':') < 1) {
                return invalid("a query is a namespace, a colon and a name");
            }
            queries.add(query);
        }
        if (queries.size() != count) {
            return invalid("the number of queries does not fit the option");
        }
        if (!exports.knows(name)) {
            replies.error(Nbd.REP_ERR_UNKNOWN, exports.unknown());
            return null;
        }
        return queries;
    }

    private @Nullable List<String> invalid(String text) {
        replies.error(Nbd.REP_ERR_INVALID, text);
        return null;
    }
}
