package dev.rhizome.transport.peer;

import dev.rhizome.core.policy.Compression;

/**
 * Decides by what was measured whether volume data is compressed before it is sent.
 *
 * <p>The compressor runs on the thread that sends. A byte that is compressed costs 1/C of its time
 * and spares the link 1 - r of itself, r being the share that is left: so it pays if the link takes
 * fewer than C * (1 - r) bytes in the same time. Twice as many are asked for, since the peer has to
 * work as well. The link's rate is only known while data waits for it; a link that nothing waits
 * for is fast enough, and no frame is looked at.
 *
 * <p>Pure: whoever sends tells it what waits, what was compressed, and the time.
 */
final class CompressionChoice {
    /** Below this a header more or less decides. */
    static final int MIN_BYTES = 1024;

    /** How long is looked before each decision. */
    static final long WINDOW_NS = 200_000_000;

    /** So many windows in a row must agree, so that a pause of a busy machine decides nothing. */
    private static final int WINDOWS_TO_BEGIN = 2;

    private static final int WINDOWS_TO_END = 10;

    /** While it is off but data waits, one frame of so many is a sample; fewer if none shrinks. */
    private static final int SAMPLE_EVERY = 16;

    private static final int RARE_SAMPLE_EVERY = 128;
    private static final double WORST_RATIO = 0.9;
    private static final double MARGIN = 2;
    private static final double WEIGHT = 1.0 / 8;

    private final Compression mode;
    private boolean on;
    private boolean backlogged;
    private int windowsForChange;
    private int framesSinceSample;

    private long windowStartNs;
    private long lastNs;
    private boolean started;
    private long waitingBytes;
    private long busyNs;
    private long drainedBytes;
    private double linkBytesPerNs;
    private double compressorBytesPerNs;
    private double ratio;

    CompressionChoice(Compression mode) {
        this.mode = mode;
    }

    /** Whether a frame's data is to be compressed, perhaps only as a sample. */
    boolean wants(int sizeBytes) {
        if (sizeBytes < MIN_BYTES || mode == Compression.NEVER) {
            return false;
        }
        if (mode == Compression.ALWAYS || on) {
            return true;
        }
        if (!backlogged) {
            return false;
        }
        framesSinceSample++;
        boolean shrinks = compressorBytesPerNs == 0 || ratio < WORST_RATIO;
        if (framesSinceSample < (shrinks ? SAMPLE_EVERY : RARE_SAMPLE_EVERY)) {
            return false;
        }
        framesSinceSample = 0;
        return true;
    }

    /** Whether frames are compressed now. */
    boolean on() {
        return mode == Compression.ALWAYS || on;
    }

    /** A frame's data has been compressed. */
    void compressed(int beforeBytes, int afterBytes, long tookNs) {
        double speed = (double) beforeBytes / Math.max(1, tookNs);
        double share = (double) afterBytes / beforeBytes;
        boolean first = compressorBytesPerNs == 0;
        compressorBytesPerNs = first ? speed : average(compressorBytesPerNs, speed);
        ratio = first ? share : average(ratio, share);
    }

    private static double average(double before, double now) {
        return before + (now - before) * WEIGHT;
    }

    /**
     * What waits for the link now. To be told before frames are handed to it and afterwards, so
     * that it is known whether the link had something to do all the time in between.
     *
     * @param handedBytes what was handed over since the last call
     * @param nowWaitingBytes what has not left yet
     */
    void waiting(long nowNs, long handedBytes, long nowWaitingBytes) {
        if (mode != Compression.AUTO) {
            return;
        }
        if (!started) {
            started = true;
            windowStartNs = nowNs;
        } else if (waitingBytes > 0 && nowWaitingBytes > 0) {
            busyNs += nowNs - lastNs;
            drainedBytes += waitingBytes + handedBytes - nowWaitingBytes;
        }
        lastNs = nowNs;
        waitingBytes = nowWaitingBytes;
        if (nowNs - windowStartNs >= WINDOW_NS) {
            decide(nowNs - windowStartNs);
            windowStartNs = nowNs;
            busyNs = 0;
            drainedBytes = 0;
        }
    }

    private void decide(long windowNs) {
        backlogged = busyNs > windowNs / 2;
        if (backlogged) {
            linkBytesPerNs = (double) Math.max(0, drainedBytes) / busyNs;
        }
        // Once it is on, its success is that little waits: only a link that nothing waits for at
        // all, or one that is fast after all, speaks against it.
        boolean idle = busyNs < windowNs / 20;
        boolean agrees = on ? !idle && pays() : backlogged && pays();
        if (agrees == on) {
            windowsForChange = 0;
            return;
        }
        windowsForChange++;
        if (windowsForChange >= (on ? WINDOWS_TO_END : WINDOWS_TO_BEGIN)) {
            on = !on;
            windowsForChange = 0;
        }
    }

    private boolean pays() {
        return compressorBytesPerNs > 0
                && ratio < WORST_RATIO
                && linkBytesPerNs * MARGIN < compressorBytesPerNs * (1 - ratio);
    }
}
