package dev.rhizome.daemon.event;

import dev.rhizome.daemon.event.EventRecord.Lost;
import dev.rhizome.daemon.event.EventRecord.Snapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What one reader of the event stream has still to read: at most {@link #LIMIT} records. If there
 * would be more, all are let go, and the reader gets a fresh snapshot once it reads again.
 */
public final class Subscription {
    /** How many records wait for a reader at most. */
    public static final int LIMIT = 256;

    private final @Nullable String resource;
    private final EventHub hub;
    private final Deque<EventRecord> records = new ArrayDeque<>();
    private Runnable wake = () -> {};
    private long lost;
    private boolean refillAsked;

    Subscription(@Nullable String resource, EventHub hub) {
        this.resource = resource;
        this.hub = hub;
    }

    /** Whether the records of a resource are asked for. */
    boolean wants(String name) {
        return resource == null || resource.equals(name);
    }

    /**
     * Says how the reader is told that there is something to read.
     *
     * @param task called on the hub's thread; must not block
     */
    public void onReady(Runnable task) {
        synchronized (this) {
            wake = task;
        }
        task.run();
    }

    /** The next record; null if there is none now. */
    public synchronized @Nullable EventRecord next() {
        EventRecord record = records.poll();
        if (record == null && lost > 0 && !refillAsked) {
            refillAsked = true;
            hub.refill(this);
        }
        return record;
    }

    /** The reader has gone. */
    public void cancel() {
        hub.unsubscribe(this);
    }

    void offer(EventRecord record) {
        Runnable task;
        synchronized (this) {
            if (lost > 0) {
                lost++;
                return;
            }
            if (records.size() == LIMIT) {
                lost = records.size() + 1L;
                records.clear();
            } else {
                records.add(record);
            }
            task = wake;
        }
        task.run();
    }

    /** A first snapshot, or one that makes up for what was lost. */
    void restart(Snapshot snapshot) {
        Runnable task;
        synchronized (this) {
            records.clear();
            if (lost > 0) {
                records.add(new Lost(lost));
            }
            records.add(snapshot);
            lost = 0;
            refillAsked = false;
            task = wake;
        }
        task.run();
    }
}
