package dev.rhizome.core.verify;

import dev.rhizome.core.Limits;
import java.util.ArrayList;
import java.util.List;

/**
 * The ranges that a verify has found to differ, in order, neighbours joined. So many are kept; of
 * further ones only the bytes count (INV-17).
 */
final class FoundRanges {
    private final List<FoundRange> ranges = new ArrayList<>();
    private long totalBytes;
    private long unlistedBytes;

    void clear() {
        ranges.clear();
        totalBytes = 0;
        unlistedBytes = 0;
    }

    /** Adds a range that overlaps none so far; whether it is listed. */
    boolean add(long offsetBytes, long lengthBytes) {
        totalBytes += lengthBytes;
        int at = 0;
        while (at < ranges.size() && ranges.get(at).endBytes() < offsetBytes) {
            at++;
        }
        long from = offsetBytes;
        long end = offsetBytes + lengthBytes;
        int joined = 0;
        while (at < ranges.size() && ranges.get(at).offsetBytes() <= end) {
            FoundRange neighbour = ranges.remove(at);
            from = Math.min(from, neighbour.offsetBytes());
            end = Math.max(end, neighbour.endBytes());
            joined++;
        }
        if (joined == 0 && ranges.size() == Limits.MAX_FOUND_RANGES) {
            unlistedBytes += lengthBytes;
            return false;
        }
        ranges.add(at, new FoundRange(from, end - from));
        return true;
    }

    /** All bytes that were added. */
    long totalBytes() {
        return totalBytes;
    }

    /** Bytes of ranges that are not in the list. */
    long unlistedBytes() {
        return unlistedBytes;
    }

    /** A copy of the list. */
    List<FoundRange> list() {
        return List.copyOf(ranges);
    }
}
