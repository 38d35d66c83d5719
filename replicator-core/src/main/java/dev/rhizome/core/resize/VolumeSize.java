package dev.rhizome.core.resize;

/** How large the volume is on this node, and could be; a resize, or another disk, changes it. */
public final class VolumeSize {
    private long volumeBytes;
    private long capacityBytes;
    private boolean resizing;
    private boolean growing;
    private boolean diskBusy;

    /**
     * @param volumeBytes on record
     * @param capacityBytes what the disk has room for, as far as it is known
     */
    public VolumeSize(long volumeBytes, long capacityBytes) {
        attach(volumeBytes, capacityBytes);
    }

    /** A disk was attached. */
    public void attach(long ofVolumeBytes, long ofDiskBytes) {
        volumeBytes = ofVolumeBytes;
        capacityBytes = ofDiskBytes;
    }

    /** The volume's size, in bytes; with it grows what may be used. */
    public long volumeBytes() {
        return volumeBytes;
    }

    /** How large the volume could be on this disk, in bytes; at least what it has. */
    public long capacityBytes() {
        return Math.max(capacityBytes, volumeBytes);
    }

    /** Whether the nodes are agreeing on a larger volume: no resync begins meanwhile. */
    public boolean resizing() {
        return resizing;
    }

    /** Whether clients' changes wait until the volume has grown. */
    public boolean growing() {
        return growing;
    }

    /** Whether a step of the disk is under way: the disk is not to be closed meanwhile. */
    public boolean diskBusy() {
        return diskBusy;
    }

    void recorded(long largerBytes) {
        volumeBytes = largerBytes;
    }

    void surveyed(long bytes) {
        capacityBytes = bytes;
    }

    void resizing(boolean value) {
        resizing = value;
    }

    void growing(boolean value) {
        growing = value;
    }

    void diskBusy(boolean value) {
        diskBusy = value;
    }
}
