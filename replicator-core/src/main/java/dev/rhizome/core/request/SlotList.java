package dev.rhizome.core.request;

import dev.rhizome.core.Invariant;

/**
 * A list of slot numbers with a limit: first in, first out, or a stack. Its memory grows to what is
 * used, and then stays.
 */
final class SlotList {
    private static final int INITIAL = 16;

    private final int limit;
    private int[] items;
    private int first;
    private int size;

    SlotList(int limit) {
        this.limit = limit;
        items = new int[Math.min(INITIAL, limit)];
    }

    boolean isEmpty() {
        return size == 0;
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    int at(int position) {
        return items[index(position)];
    }

    void add(int item) {
        if (size == items.length) {
            grow();
        }
        items[index(size)] = item;
        size++;
    }

    private void grow() {
        Invariant.check(size < limit, "INV-17", "a slot list beyond its limit");
        int[] larger = new int[Math.min(limit, size * 2)];
        for (int at = 0; at < size; at++) {
            larger[at] = items[index(at)];
        }
        items = larger;
        first = 0;
    }

    int pop() {
        size--;
        return items[index(size)];
    }

    int removeFirst() {
        int item = items[first];
        first = first + 1 == items.length ? 0 : first + 1;
        size--;
        return item;
    }

    void removeAt(int position) {
        for (int at = position; at < size - 1; at++) {
            items[index(at)] = items[index(at + 1)];
        }
        size--;
    }

    private int index(int position) {
        int at = first + position;
        return at >= items.length ? at - items.length : at;
    }
}
