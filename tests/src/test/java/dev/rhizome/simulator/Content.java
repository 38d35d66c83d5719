package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;

/** What each node's disk must hold, by what clients were told. */
final class Content {
    private final List<History> histories = new ArrayList<>();
    private long clock = 1;

    Content(int sectorsA, int sectorsB) {
        histories.add(new History(sectorsA, 0));
        histories.add(new History(sectorsB, 0));
    }

    History of(int side) {
        return histories.get(side);
    }

    void replace(int side, History history) {
        histories.set(side, history);
    }

    ClientWrite begins(int side, int first, long[] stamps) {
        ClientWrite write =
                new ClientWrite(side, first, stamps.length, false, stamps.clone(), clock++);
        histories.get(0).begin(write);
        histories.get(1).begin(write);
        return write;
    }

    void acknowledged(ClientWrite write, boolean boundA, boolean boundB) {
        write.ended = clock++;
        promise(write, 0, boundA);
        promise(write, 1, boundB);
    }

    private void promise(ClientWrite write, int side, boolean bound) {
        if (bound) {
            histories.get(side).promise(write);
            histories.get(side).supersede(write);
        }
    }

    /** It may be there or not. */
    void failed(ClientWrite write) {
        write.ended = clock++;
    }

    void resynced(int source) {
        histories.get(1 - source).become(histories.get(source));
    }
}
