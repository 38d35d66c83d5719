package dev.rhizome.core;

import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.wire.FrameHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the engine wants done. The shell carries it out and reports back through {@link Replica}'s
 * inputs, never from inside one of these calls: the engine is not re-entrant.
 *
 * <p>Offsets are relative to the volume's first byte. A disk operation's payload stays referenced
 * by the engine until its {@link Replica#diskDone}.
 */
public interface Effects {

    /** Read the local disk into the payload. */
    void diskRead(long token, long offsetBytes, int lengthBytes, Payload into);

    /** Write the payload to the local disk; durable means on stable media before it is done. */
    void diskWrite(long token, long offsetBytes, int lengthBytes, Payload from, boolean durable);

    /** Make all completed writes of the local disk durable. */
    void diskFlush(long token);

    /** Let go of a range of the local disk; it must read as zeroes afterwards. */
    void diskTrim(long token, long offsetBytes, long lengthBytes);

    /** Make a range of the local disk read as zeroes, keeping its space. */
    void diskZero(long token, long offsetBytes, long lengthBytes);

    /**
     * Write a part of the metadata, durably (INV-08); answered by {@link Replica#metadataDone}. One
     * is under way at a time.
     *
     * @param offsetBytes where it goes on the device that holds the metadata; a multiple of 4096
     * @param image 4096 to 65536 bytes, a multiple of 4096; only valid during the call
     */
    void writeMetadata(long token, long offsetBytes, ByteBuffer image);

    /**
     * Send a frame, with volume data or without. One reference of the payload passes to the shell.
     *
     * @param header only valid during the call
     */
    void send(FrameHeader header, @Nullable Payload payload);

    /**
     * Send a frame with a control body.
     *
     * @param header only valid during the call
     * @param body its remaining bytes; only valid during the call
     */
    void sendControl(FrameHeader header, ByteBuffer body);

    /** Close the link; answered by {@link Replica#linkDown} unless it is down already. */
    void closeLink(String reason);

    /** Whether the shell should try to reach the peer, or leave it alone. */
    void wantLink(boolean wanted);

    /** Answer a client's request; one reference of the payload passes to the completion. */
    void complete(Completion completion, long token, IoStatus status, @Nullable Payload payload);

    /**
     * Start or stop serving clients: the node has become Primary, or is about to cease to be.
     *
     * @param continued whether clients that a process of this node served before it died may go on
     *     as if nothing had happened: nobody else has written since (INV-18)
     */
    void serve(boolean serving, boolean continued);

    /**
     * See to it that no client which a process of this node has served before is left, not even a
     * kernel device that waits for this process; answered by {@link Replica#clientsDismissed}.
     * Nobody is served meanwhile.
     */
    void dismissClients();

    /**
     * Close the local disk: it was let go, and owes no answer any more. Another may be attached.
     */
    void releaseDisk();

    /**
     * See to it that the peer does not go on, or be promoted, without this node; answered by {@link
     * Replica#fenceResult}.
     *
     * @param generation what both nodes had last, as far as this one knows
     */
    void fencePeer(long token, long generation);

    /** Both nodes have the same again: take that back; answered by the same. */
    void unfencePeer(long token);

    /**
     * Do what is to be done before this node's data is replaced: ask the operator's program, and
     * keep what is about to be discarded; answered by {@link Replica#targetPrepared}. Nothing is
     * written to the volume meanwhile.
     *
     * @param keep whether the blocks that are set in {@link Replica#bitmap} are to be kept
     * @param whole whether all blocks are, then
     */
    void prepareTarget(long token, boolean keep, boolean whole);

    /** Call one of the operator's programs, if there is such a one; nobody waits for it. */
    void callHandler(Handler handler);

    /**
     * Take a step of the disk towards a larger volume; answered by {@link Replica#diskGrown}. What
     * lies between the two sizes is nobody's data meanwhile.
     *
     * @param volumeBytes the volume's size
     * @param newBytes what it shall be; without meaning in a survey
     * @param zero whether what is new shall read as zeroes
     */
    void growDisk(long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero);

    /** The volume has a new size, which clients may use. */
    void resized(long volumeBytes);

    /** Answer a command. */
    void commandDone(long token, boolean accepted, String rule, String reason);

    /**
     * What the clock on the wall says now, in milliseconds since 1970; 0 if nobody knows. It may
     * jump, and differ from the peer's: it is put on record for people, and decides nothing.
     */
    long wallClockMs();

    /** Something was decided or has changed; for logs, metrics and listeners. */
    void event(String rule, String reason);

    /** Call {@link Replica#tick} at this monotonic time or a little later. */
    void deadline(long atNs);

    /** The engine has finished its SHUTDOWN command: nothing is in flight any more. */
    void closed();
}
