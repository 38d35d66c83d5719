package dev.rhizome.core;

import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.role.DiskState;

/** The start of a disk: from what it remembers to its state. */
final class Attachment {

    private Attachment() {}

    /** Says what the disk is worth; after a death, what was active is on record before all else. */
    static void of(Node node, ActivityLogContents activeExtents) {
        Superblock found = node.metadata().superblock();
        boolean primaryDied = found.has(Flag.PRIMARY_INDICATOR);
        if (primaryDied || found.has(Flag.ACTIVE)) {
            foldActivityLog(node, activeExtents);
            node.metadata()
                    .update(
                            found.with(Flag.PRIMARY_INDICATOR, false)
                                    .with(Flag.ACTIVE, false)
                                    .with(Flag.CRASHED, true)
                                    .with(
                                            Flag.CRASHED_PRIMARY,
                                            primaryDied || found.has(Flag.CRASHED_PRIMARY)));
        }
        if (!found.has(Flag.CONSISTENT)) {
            node.state().disk(DiskState.INCONSISTENT, "attach-inconsistent", "data is incomplete");
        } else if (!found.has(Flag.WAS_UP_TO_DATE)) {
            node.state().disk(DiskState.OUTDATED, "attach-outdated", "data is known to be old");
        } else if (found.has(Flag.PEER_OUTDATED)) {
            node.state()
                    .disk(DiskState.UP_TO_DATE, "attach-peer-behind", "the peer was left behind");
        } else {
            node.state().disk(DiskState.CONSISTENT, "attach-consistent", "the peer may have newer");
        }
    }

    /** Changes may have been under way wherever the log was active. */
    private static void foldActivityLog(Node node, ActivityLogContents activeExtents) {
        activeExtents.foldInto(node.bitmap());
        node.bitmap().requireAll();
        node.log().reset();
        node.effects()
                .event(
                        "activity-log-folded",
                        activeExtents.extents().size()
                                + " extents were active; "
                                + node.bitmap().setCount()
                                + " blocks may differ from the peer's");
    }
}
