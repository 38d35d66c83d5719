package dev.rhizome.daemon.control;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.event.EventRecord;
import dev.rhizome.daemon.event.EventRecord.Change;
import dev.rhizome.daemon.event.EventRecord.End;
import dev.rhizome.daemon.event.EventRecord.Happened;
import dev.rhizome.daemon.event.EventRecord.Lost;
import dev.rhizome.daemon.event.EventRecord.Snapshot;
import dev.rhizome.daemon.event.StateObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** How the event stream is written: as server-sent events, or as lines (docs/control.md). */
enum EventFormat {
    /** Server-sent events with JSON. */
    EVENTS("text/event-stream", ": still here\n\n") {
        @Override
        String write(EventRecord record, Instant time) {
            Map<String, Object> tree = tree(record, time);
            try {
                return "event: " + tree.get("type") + "\ndata: " + JSON.std.asString(tree) + "\n\n";
            } catch (IOException e) {
                throw new UncheckedIOException("in memory", e);
            }
        }
    },
    /** The lines of {@code drbdsetup events2}. */
    LINES("text/plain; charset=utf-8", "") {
        @Override
        String write(EventRecord record, Instant time) {
            StringBuilder lines = new StringBuilder();
            if (record instanceof Snapshot snapshot) {
                snapshot.objects().forEach(object -> line(lines, "exists", object));
                lines.append("exists -\n");
            } else if (record instanceof Change change) {
                line(lines, change.what().label(), change.object());
            } else if (record instanceof Happened happened) {
                lines.append("event resource name:").append(happened.resource());
                lines.append(" rule:").append(happened.rule());
                lines.append(" reason:").append(happened.reason()).append('\n');
            } else if (record instanceof Lost lost) {
                lines.append("lost - records:").append(lost.records()).append('\n');
            } else if (record instanceof End end) {
                lines.append("end - reason:").append(end.reason()).append('\n');
            }
            return lines.toString();
        }
    };

    private final String contentType;
    private final String keepAlive;

    EventFormat(String contentType, String keepAlive) {
        this.contentType = contentType;
        this.keepAlive = keepAlive;
    }

    /** One record. */
    abstract String write(EventRecord record, Instant time);

    String contentType() {
        return contentType;
    }

    /** What says nothing but that the stream is there; may be empty. */
    String keepAlive() {
        return keepAlive;
    }

    private static void line(StringBuilder lines, String verb, StateObject object) {
        lines.append(verb).append(' ').append(object.kind().label());
        object.identity().forEach((key, value) -> key(lines, key, value));
        object.state().forEach((key, value) -> key(lines, key, value));
        lines.append('\n');
    }

    private static void key(StringBuilder lines, String key, String value) {
        lines.append(' ').append(key).append(':').append(value.replace(' ', '_'));
    }

    private static Map<String, Object> tree(EventRecord record, Instant time) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (record instanceof Snapshot snapshot) {
            tree.put("type", "snapshot");
            tree.put("time", time.toString());
            tree.put("resources", snapshot.statuses().stream().map(StatusJson::of).toList());
        } else if (record instanceof Change change) {
            tree.put("type", change.what().label());
            tree.put("time", time.toString());
            tree.put("object", change.object().kind().label());
            tree.putAll(change.object().identity());
            tree.put("state", change.object().state());
            if (!change.before().isEmpty()) {
                tree.put("before", change.before());
            }
        } else if (record instanceof Happened happened) {
            tree.put("type", "event");
            tree.put("time", time.toString());
            tree.put("name", happened.resource());
            tree.put("rule", happened.rule());
            tree.put("reason", happened.reason());
        } else if (record instanceof Lost lost) {
            tree.put("type", "lost");
            tree.put("time", time.toString());
            tree.put("records", lost.records());
        } else if (record instanceof End end) {
            tree.put("type", "end");
            tree.put("time", time.toString());
            tree.put("reason", end.reason());
        }
        return tree;
    }
}
