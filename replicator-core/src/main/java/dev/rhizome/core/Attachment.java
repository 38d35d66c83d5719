package dev.rhizome.core;

import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.resize.VolumeSize;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.Hello;

/** The start of a disk, with its node or later: from what it remembers to its state. */
public final class Attachment {

    /** What a disk is worth by itself, and why. */
    private record Worth(DiskState state, String rule, String reason) {}

    private Attachment() {}

    /** Says what the disk is worth; after a death, what was active is on record before all else. */
    static void of(Node node, ActivityLogContents activeExtents) {
        Superblock found = node.metadata().superblock();
        Superblock marked = marked(found, node.primary());
        if (changesUnderWay(found)) {
            foldActivityLog(node, activeExtents);
        }
        node.metadata().update(marked);
        Worth worth = worth(marked);
        node.state().disk(worth.state(), worth.rule(), worth.reason());
    }

    /** A running node is given a disk. What it says of itself has changed: it is said anew. */
    public static void again(Node node, AttachedMetadata found) {
        node.attach(found);
        of(node, found.log());
        node.relink("this node has attached a disk");
    }

    /** What a running node would say of itself with this disk. */
    public static Hello forecast(Node node, AttachedMetadata found) {
        Superblock marked = marked(found.superblock(), node.primary());
        VolumeSize size =
                new VolumeSize(found.superblock().volumeBytes(), found.layout().capacityBytes());
        return node.hello(marked, worth(marked).state(), found.bitmap().setCount(), size);
    }

    private static boolean changesUnderWay(Superblock found) {
        return found.has(Flag.PRIMARY_INDICATOR) || found.has(Flag.ACTIVE);
    }

    /**
     * The marks of a crash, if there was one.
     *
     * @param primary whether this node is Primary already: then its clients see the peer's data,
     *     and this disk's is older, whatever it has
     */
    private static Superblock marked(Superblock found, boolean primary) {
        boolean primaryDied = found.has(Flag.PRIMARY_INDICATOR);
        Superblock marked = found;
        if (changesUnderWay(found)) {
            marked =
                    found.with(Flag.PRIMARY_INDICATOR, false)
                            .with(Flag.ACTIVE, false)
                            .with(Flag.CRASHED, true)
                            .with(
                                    Flag.CRASHED_PRIMARY,
                                    primaryDied || found.has(Flag.CRASHED_PRIMARY));
        }
        return primary
                ? marked.with(Flag.PRIMARY_INDICATOR, true)
                        .with(Flag.WAS_UP_TO_DATE, false)
                        .with(Flag.PEER_OUTDATED, false)
                : marked;
    }

    private static Worth worth(Superblock marked) {
        if (!marked.has(Flag.CONSISTENT)) {
            return new Worth(DiskState.INCONSISTENT, "attach-inconsistent", "data is incomplete");
        }
        if (!marked.has(Flag.WAS_UP_TO_DATE)) {
            return new Worth(DiskState.OUTDATED, "attach-outdated", "data is known to be old");
        }
        if (marked.has(Flag.PEER_OUTDATED)) {
            return new Worth(
                    DiskState.UP_TO_DATE, "attach-peer-behind", "the peer was left behind");
        }
        return new Worth(DiskState.CONSISTENT, "attach-consistent", "the peer may have newer");
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
