package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;

/** A read under way, with every value that it may return, sector by sector. */
final class ClientRead {
    final int node;
    final int first;
    final int count;
    final List<List<Long>> allowed = new ArrayList<>();

    ClientRead(int node, int first, int count) {
        this.node = node;
        this.first = first;
        this.count = count;
        for (int i = 0; i < count; i++) {
            allowed.add(new ArrayList<>());
        }
    }

    /** A write that has begun meanwhile may be seen, or not. */
    void mayAlsoSee(ClientWrite write) {
        for (int i = 0; i < count; i++) {
            if (write.covers(first + i)) {
                allowed.get(i).add(write.stamps[first + i - write.first]);
            }
        }
    }
}
