package dev.rhizome.daemon.watch;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.HandshakeStatus;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.SplitBrainReport;
import dev.rhizome.replicator.VolumeStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to know first: who has all data.
 *
 * @param level how good that is
 * @param rule the named rule that has said so; stable
 * @param title a few words
 * @param detail why, and what of it; one sentence, or empty
 */
record Verdict(Level level, String rule, String title, String detail) {

    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("level", level.label());
        tree.put("rule", rule);
        tree.put("title", title);
        tree.put("detail", detail);
        return tree;
    }

    /** The first rule that fits. */
    static Verdict of(ResourceStatus resource) {
        VolumeStatus status = resource.volume();
        if (status == null) {
            return new Verdict(
                    Level.BAD,
                    "down",
                    resource.name() + " is down on " + resource.node(),
                    sentence(resource.downReason()));
        }
        SplitBrainReport parted = splitBrain(status);
        if (parted != null) {
            return new Verdict(
                    Level.BAD,
                    "split-brain",
                    "Split brain: each node has changes that the other lacks",
                    sentence(parted.summary()) + " 'rhizome status' says what each choice loses.");
        }
        if (!status.suspended().equals("no")) {
            return new Verdict(
                    Level.BAD, "suspended", "Clients wait", sentence(status.suspendedReason()));
        }
        if (status.disk() == DiskState.ATTACHING) {
            return new Verdict(Level.BUSY, "attaching", status.node() + " is opening its disk", "");
        }
        return status.connection() == ConnectionState.CONNECTED ? together(status) : alone(status);
    }

    private static @Nullable SplitBrainReport splitBrain(VolumeStatus status) {
        HandshakeStatus handshake = status.lastHandshake();
        return handshake == null ? null : handshake.splitBrain();
    }

    private static Verdict together(VolumeStatus status) {
        ReplicationState flow = status.replication();
        boolean begins =
                flow == ReplicationState.STARTING_SYNC_SOURCE
                        || flow == ReplicationState.STARTING_SYNC_TARGET;
        if (begins || flow.source() || flow.target()) {
            boolean toPeer = flow.source() || flow == ReplicationState.STARTING_SYNC_SOURCE;
            return copying(status, toPeer);
        }
        boolean here = status.disk() == DiskState.UP_TO_DATE;
        boolean there = status.peerDisk() == DiskState.UP_TO_DATE;
        if (here && there) {
            return status.outOfSyncBytes() == 0
                    ? new Verdict(Level.GOOD, "both", "Both nodes have all data", "")
                    : new Verdict(
                            Level.WARNING,
                            "differ",
                            Amount.bytes(status.outOfSyncBytes()) + " differ between the nodes",
                            "Both serve; 'rhizome verify --repair-found' copies what a verify has"
                                    + " found, a reconnect all of it.");
        }
        if (here || there) {
            String has = here ? status.node() : status.peer();
            String lacks = here ? status.peer() : status.node();
            DiskState disk = here ? status.peerDisk() : status.disk();
            return new Verdict(
                    Level.WARNING,
                    here ? "only-self" : "only-peer",
                    "Only " + has + " has all data",
                    "The disk of " + lacks + " is " + disk.label() + ".");
        }
        return new Verdict(
                Level.BAD,
                "neither",
                "Neither node has up-to-date data",
                "The disks are " + disks(status) + ".");
    }

    private static Verdict copying(VolumeStatus status, boolean toPeer) {
        String has = toPeer ? status.node() : status.peer();
        String gets = toPeer ? status.peer() : status.node();
        boolean paused = !status.resyncSuspended().equals("no");
        String until = "Until then only " + has + " has all data";
        ResyncProgress resync = status.resync();
        String left =
                resync == null || resync.secondsLeft() < 0 || paused
                        ? ""
                        : ": " + Amount.seconds(resync.secondsLeft()) + " left";
        return new Verdict(
                paused ? Level.WARNING : Level.BUSY,
                paused ? "resync-paused" : "resync",
                paused
                        ? gets + " is not up to date, and its resync is paused"
                        : gets + " is being brought up to date",
                until + left + ".");
    }

    private static Verdict alone(VolumeStatus status) {
        String node = status.node();
        String why = status.peer() + " is not connected" + because(status.connectionReason()) + ".";
        return switch (status.disk()) {
            case UP_TO_DATE -> aloneWithData(status, why);
            case CONSISTENT ->
                    new Verdict(
                            Level.WARNING,
                            "not-known",
                            "It is not known whether " + node + " has the newest data",
                            why);
            case OUTDATED ->
                    new Verdict(Level.BAD, "outdated", "The data of " + node + " is old", why);
            case INCONSISTENT ->
                    new Verdict(
                            Level.BAD, "inconsistent", "The data of " + node + " is partial", why);
            default -> new Verdict(Level.BAD, "no-disk", node + " has no disk", why);
        };
    }

    private static Verdict aloneWithData(VolumeStatus status, String why) {
        boolean peerKnownOld =
                status.peerDisk() != DiskState.UNKNOWN && status.peerDisk() != DiskState.UP_TO_DATE;
        if (status.role() == Role.PRIMARY || peerKnownOld) {
            String changed =
                    status.outOfSyncBytes() == 0
                            ? ""
                            : " " + Amount.bytes(status.outOfSyncBytes()) + " may differ by now.";
            return new Verdict(
                    Level.WARNING,
                    "alone",
                    "Only " + status.node() + " has all data",
                    why + changed);
        }
        return new Verdict(
                Level.WARNING,
                "alone-secondary",
                status.node() + " is alone, and not Primary",
                "It had all data when " + status.peer() + " was last connected. " + why);
    }

    private static String disks(VolumeStatus status) {
        return status.disk().label() + " and " + status.peerDisk().label();
    }

    private static String because(String reason) {
        return reason.isEmpty() ? "" : ": " + reason.replaceAll("[.\\s]+$", "");
    }

    private static String sentence(String text) {
        if (text.isEmpty()) {
            return "";
        }
        String capital = Character.toUpperCase(text.charAt(0)) + text.substring(1);
        return capital.endsWith(".") ? capital : capital + ".";
    }
}
