package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;

/**
 * What one node's data may hold, sector by sector: the values that a read may still see, and, as a
 * superset, those that may come back after a loss of power.
 *
 * <p>A value goes when a later one, asked for after the earlier had ended, is acknowledged (for
 * reads) or made durable (for good). A write that never was answered stays possible until then.
 */
final class History {

    private static final class Value {
        final ClientWrite write;
        final long stamp;

        /** A read may still see it. */
        boolean current = true;

        /** It was acknowledged while this node was bound to hold it. */
        boolean promised;

        Value(ClientWrite write, long stamp) {
            this.write = write;
            this.stamp = stamp;
        }
    }

    private final List<List<Value>> sectors = new ArrayList<>();

    History(int count, long initialStamp) {
        for (int i = 0; i < count; i++) {
            ClientWrite origin = new ClientWrite(-1, i, 1, true, new long[] {initialStamp}, 0);
            origin.ended = 0;
            List<Value> values = new ArrayList<>(4);
            Value value = new Value(origin, initialStamp);
            value.promised = true;
            values.add(value);
            sectors.add(values);
        }
    }

    /** Sectors that are new: they read as zeroes. */
    void renew(int first, int end) {
        History fresh = new History(end - first, 0);
        for (int i = first; i < end; i++) {
            sectors.set(i, fresh.sectors.get(i - first));
        }
    }

    /** Forgets its own past and takes over all of the other's. */
    void become(History other) {
        become(other, sectors.size());
    }

    /** Forgets its own past and takes over the other's. */
    void become(History other, int count) {
        for (int i = 0; i < count; i++) {
            List<Value> mine = sectors.get(i);
            mine.clear();
            for (Value value : other.sectors.get(i)) {
                Value copy = new Value(value.write, value.stamp);
                copy.current = value.current;
                copy.promised = value.promised;
                mine.add(copy);
            }
        }
    }

    void begin(ClientWrite write) {
        for (int i = 0; i < write.count; i++) {
            sectors.get(write.first + i).add(new Value(write, write.stamps[i]));
        }
    }

    /** The write was acknowledged, and this node is bound to hold it. */
    void promise(ClientWrite write) {
        for (int i = 0; i < write.count; i++) {
            for (Value value : sectors.get(write.first + i)) {
                value.promised = value.promised || value.write == write;
            }
        }
    }

    /** The write was acknowledged: what had ended before it was asked for cannot be read now. */
    void supersede(ClientWrite write) {
        for (int i = 0; i < write.count; i++) {
            for (Value value : sectors.get(write.first + i)) {
                if (value.write.ended < write.submitted) {
                    value.current = false;
                }
            }
        }
    }

    /** The write is durable: what had ended before it was asked for is gone. */
    void supersedeForGood(ClientWrite write) {
        for (int i = 0; i < write.count; i++) {
            prune(sectors.get(write.first + i), write.submitted);
        }
    }

    /** Everything acknowledged before this time is durable. */
    void flushed(long asked) {
        for (List<Value> values : sectors) {
            if (values.size() == 1) {
                continue;
            }
            long newest = 0;
            for (Value value : values) {
                if (value.promised && value.write.ended < asked) {
                    newest = Math.max(newest, value.write.submitted);
                }
            }
            prune(values, newest);
        }
    }

    private static void prune(List<Value> values, long submitted) {
        for (int i = values.size() - 1; i >= 0; i--) {
            if (values.get(i).write.ended < submitted) {
                values.remove(i);
            }
        }
    }

    /** Power was lost: anything since the last flush may be what there is. */
    void powerLost() {
        for (List<Value> values : sectors) {
            for (Value value : values) {
                value.current = true;
            }
        }
    }

    /** What the disk holds is what there is from now on: it has become the data of the pair. */
    void settleOn(int sector, long stamp, long now) {
        ClientWrite found = new ClientWrite(-1, sector, 1, true, new long[] {stamp}, now);
        found.ended = now;
        List<Value> values = sectors.get(sector);
        values.removeIf(value -> value.write.ended < now);
        Value value = new Value(found, stamp);
        value.promised = true;
        values.add(value);
    }

    boolean mayRead(int sector, long stamp) {
        for (Value value : sectors.get(sector)) {
            if (value.current && value.stamp == stamp) {
                return true;
            }
        }
        return false;
    }

    boolean mayBeDurable(int sector, long stamp) {
        for (Value value : sectors.get(sector)) {
            if (value.stamp == stamp) {
                return true;
            }
        }
        return false;
    }

    /** The stamps that a read of the sector may see now. */
    void addCurrent(int sector, List<Long> stamps) {
        for (Value value : sectors.get(sector)) {
            if (value.current) {
                stamps.add(value.stamp);
            }
        }
    }

    String describe(int sector) {
        StringBuilder text = new StringBuilder();
        for (Value value : sectors.get(sector)) {
            text.append(Long.toHexString(value.stamp)).append(value.current ? "! " : " ");
        }
        return text.toString();
    }
}
