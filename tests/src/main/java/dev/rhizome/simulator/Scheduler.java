package dev.rhizome.simulator;

import java.util.PriorityQueue;

/** The virtual clock: events in the order of their time, and of their making among equals. */
final class Scheduler {

    private record Event(long atNs, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>(256);
    private long nowNs;
    private long order;
    private long count;

    long nowNs() {
        return nowNs;
    }

    /** Events so far. */
    long count() {
        return count;
    }

    void after(long delayNs, Runnable action) {
        at(nowNs + delayNs, action);
    }

    void at(long atNs, Runnable action) {
        events.add(new Event(Math.max(nowNs, atNs), order++, action));
    }

    /** Runs the next event; false if there is none. */
    boolean step() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        nowNs = event.atNs;
        count++;
        event.action.run();
        return true;
    }
}
