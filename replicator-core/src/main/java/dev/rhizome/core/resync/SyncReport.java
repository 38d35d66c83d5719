package dev.rhizome.core.resync;

import dev.rhizome.core.Node;
import dev.rhizome.core.wire.FrameType;

/** Tells the target, and whoever listens, what limits the resync; not too often. */
final class SyncReport {
    private static final long FRAME_INTERVAL_NS = 1_000_000_000;
    private static final long EVENT_INTERVAL_NS = 10_000_000_000L;

    private final Node node;
    private SyncLimit sent = SyncLimit.NONE;
    private long sentWanted;
    private long sentNs;
    private SyncLimit told = SyncLimit.NONE;
    private long toldNs;

    SyncReport(Node node) {
        this.node = node;
    }

    void restart() {
        sent = SyncLimit.NONE;
        sentWanted = 0;
        sentNs = node.nowNs() - FRAME_INTERVAL_NS;
        told = SyncLimit.NONE;
        toldNs = node.nowNs() - EVENT_INTERVAL_NS;
    }

    /** What limits a running resync now. */
    void progress() {
        SyncLimit limit = node.pace().limit();
        long wanted = node.pace().wantedBytesPerSecond();
        boolean news = limit != sent || wanted != sentWanted;
        if (news && node.nowNs() - sentNs >= FRAME_INTERVAL_NS) {
            sent = limit;
            sentWanted = wanted;
            sentNs = node.nowNs();
            node.send(FrameType.SYNC_LIMIT, wanted, limit.code());
        }
        if (limit != told && node.nowNs() - toldNs >= EVENT_INTERVAL_NS) {
            told = limit;
            toldNs = node.nowNs();
            String rate = wanted == 0 ? "no limit" : (wanted >> 10) + " KiB/s wanted";
            node.effects().event("sync-limit", "limited by: " + limit.label() + ", " + rate);
        }
    }
}
