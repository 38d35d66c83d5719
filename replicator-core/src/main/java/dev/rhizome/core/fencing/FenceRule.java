package dev.rhizome.core.fencing;

import dev.rhizome.core.role.DiskState;
import org.jspecify.annotations.Nullable;

/**
 * What the answer of {@code fence-peer} means: its exit code, and whether this node's own disk is
 * UpToDate (DRBD's contract, {@code drbd.conf} section "fence-peer").
 */
public enum FenceRule {
    /** 3. */
    PEER_INCONSISTENT(
            "fence-peer-inconsistent", DiskState.INCONSISTENT, "the peer's data is Inconsistent"),
    /** 4. */
    PEER_OUTDATED("fence-peer-outdated", DiskState.OUTDATED, "the peer's data has been outdated"),
    /** 5, on a node that is UpToDate. */
    PEER_DOWN(
            "fence-peer-down",
            DiskState.OUTDATED,
            "the peer cannot be reached, and counts as dead"),
    /** 5, on any other: that the peer is dead does not make this node's data the newest. */
    PEER_DOWN_UNSURE(
            "fence-peer-down-unsure",
            null,
            "the peer cannot be reached, but this node does not know that it has the newest data"),
    /** 6. */
    PEER_IS_PRIMARY(
            "fence-peer-is-primary",
            null,
            "the peer goes on without this node: this node's data is outdated"),
    /** 7. */
    PEER_FENCED("fence-peer-fenced", DiskState.OUTDATED, "the peer's node has been fenced"),
    /** Anything else. */
    NO_ANSWER("fence-peer-no-answer", null, "the peer has not been fenced");

    private final String label;
    private final @Nullable DiskState peerDisk;
    private final String meaning;

    FenceRule(String label, @Nullable DiskState peerDisk, String meaning) {
        this.label = label;
        this.peerDisk = peerDisk;
        this.meaning = meaning;
    }

    /**
     * Decides.
     *
     * @param exitCode what the handler ended with
     * @param upToDate whether this node's disk is UpToDate
     */
    public static FenceRule of(int exitCode, boolean upToDate) {
        return switch (exitCode) {
            case 3 -> PEER_INCONSISTENT;
            case 4 -> PEER_OUTDATED;
            case 5 -> upToDate ? PEER_DOWN : PEER_DOWN_UNSURE;
            case 6 -> PEER_IS_PRIMARY;
            case 7 -> PEER_FENCED;
            default -> NO_ANSWER;
        };
    }

    /** The rule's name in logs, metrics and tests. */
    public String label() {
        return label;
    }

    /** What the peer's disk counts as from now on; null if that is not known. */
    public @Nullable DiskState peerDisk() {
        return peerDisk;
    }

    /** Whether this node may go on alone. */
    public boolean mayGoOn() {
        return peerDisk != null;
    }

    /** One line for a person. */
    public String meaning() {
        return meaning;
    }
}
