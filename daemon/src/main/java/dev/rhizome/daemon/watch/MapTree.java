package dev.rhizome.daemon.watch;

import dev.rhizome.replicator.OutOfSyncMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where it is out of sync, for a screen: how full each cell is. */
final class MapTree {
    /** So many parts a cell has; one that is not empty has at least one. */
    private static final int PARTS = 100;

    private MapTree() {}

    /** For the control API: in bytes. */
    static Map<String, Object> bytes(OutOfSyncMap map) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("known", map.known());
        tree.put("cell-bytes", map.cellBytes());
        tree.put("out-of-sync-bytes", map.outOfSyncBytes());
        return tree;
    }

    static Map<String, Object> percents(OutOfSyncMap map, String peer) {
        long cell = Math.max(1, map.cellBytes());
        List<Long> percents =
                map.outOfSyncBytes().stream().map(bytes -> percent(bytes, cell)).toList();
        long touched = percents.stream().filter(percent -> percent > 0).count();
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("known", map.known());
        tree.put(
                "text",
                map.known()
                        ? text(touched, percents.size(), cell)
                        : "This node cannot tell now; " + peer + " may.");
        tree.put("percents", percents);
        return tree;
    }

    private static String text(long touched, int cells, long cellBytes) {
        String each = Amount.bytes(cellBytes) + " each";
        return touched == 0
                ? "Nothing is out of sync (" + cells + " cells, " + each + ")"
                : touched + " of " + cells + " cells are out of sync (" + each + ")";
    }

    private static long percent(long bytes, long cellBytes) {
        return (bytes * PARTS + cellBytes - 1) / cellBytes;
    }
}
