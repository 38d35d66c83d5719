package dev.rhizome.device.ublk;

import java.nio.ByteBuffer;

/**
 * What the driver knows of a device, in the machine's byte order:
 *
 * <pre>
 *   offset  size  field
 *        0     2  hardware queues
 *        2     2  depth of each queue
 *        4     2  state
 *        8     4  the most bytes of one request
 *       12     4  the device's number, -1 to have the driver choose
 *       16     4  the process that serves it
 *       24     8  features
 *       32     8  for the server's own use: the owner
 *       40    24  the owner's user and group; reserved
 * </pre>
 *
 * @param queues hardware queues
 * @param depth requests of each queue
 * @param state one of the constants here
 * @param maxRequestBytes the most bytes of one request
 * @param number the N of /dev/ublkbN, or {@link #CHOOSE}
 * @param pid the process that serves it, or -1
 * @param features asked for, or agreed on
 * @param owner whose device it is; the driver only keeps it
 */
record UblkDeviceInfo(
        int queues,
        int depth,
        int state,
        int maxRequestBytes,
        int number,
        int pid,
        long features,
        long owner) {

    static final int BYTES = 64;
    static final int CHOOSE = -1;

    static final int STATE_DEAD = 0;
    static final int STATE_LIVE = 1;
    static final int STATE_QUIESCED = 2;

    /** The data of a write are fetched when there is memory for them. */
    static final long FEATURE_GET_DATA = 1 << 2;

    /** The device outlives its server. Linux 6.1. */
    static final long FEATURE_RECOVERY = 1 << 3;

    /** Requests that the old server had are given to the new one. Linux 6.1. */
    static final long FEATURE_REISSUE = 1 << 4;

    /** What a device needs here. */
    static final long NEEDED = FEATURE_GET_DATA | FEATURE_RECOVERY | FEATURE_REISSUE;

    /** A device to be made, with one queue. */
    static UblkDeviceInfo wanted(int depth, int maxRequestBytes, long owner) {
        return new UblkDeviceInfo(
                1, depth, STATE_DEAD, maxRequestBytes, CHOOSE, CHOOSE, NEEDED, owner);
    }

    static UblkDeviceInfo read(ByteBuffer memory) {
        return new UblkDeviceInfo(
                Short.toUnsignedInt(memory.getShort(0)),
                Short.toUnsignedInt(memory.getShort(2)),
                Short.toUnsignedInt(memory.getShort(4)),
                memory.getInt(8),
                memory.getInt(12),
                memory.getInt(16),
                memory.getLong(24),
                memory.getLong(32));
    }

    /** Over the {@value #BYTES} bytes at 0. */
    void write(ByteBuffer memory) {
        for (int at = 0; at < BYTES; at += Long.BYTES) {
            memory.putLong(at, 0);
        }
        memory.putShort(0, (short) queues)
                .putShort(2, (short) depth)
                .putShort(4, (short) state)
                .putInt(8, maxRequestBytes)
                .putInt(12, number)
                .putInt(16, pid)
                .putLong(24, features)
                .putLong(32, owner);
    }

    boolean hasNeededFeatures() {
        return (features & NEEDED) == NEEDED;
    }
}
