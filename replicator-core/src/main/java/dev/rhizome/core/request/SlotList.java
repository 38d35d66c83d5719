package dev.rhizome.core.request;

/** A list of slot numbers with a fixed capacity: first in, first out, or a stack. */
final class SlotList {
    private final int[] items;
    private int first;
    private int size;

    SlotList(int capacity) {
        items = new int[capacity];
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
            throw new IllegalStateException("slot list is full");
        }
        items[index(size)] = item;
        size++;
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
