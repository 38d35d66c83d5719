package dev.rhizome.core.disk;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Invariant;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.request.IoStatus;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that is under way on the local disk, oldest first. A disk that hangs can be given up: whoever
 * waits for it is told that it has failed, and its memory stays referenced until the kernel lets it
 * go, however late, since a read may still be put there (INV-15). Allocates nothing once as many
 * operations were under way as will be.
 */
public final class BackingDevice {

    /** Whoever asked is told how it ended. */
    public interface Owners {
        /** An operation has ended. */
        void onDiskDone(long token, IoStatus status);
    }

    private static final class Operation {
        long token;
        long startedNs;
        boolean busy;
        boolean givenUp;
        @Nullable Payload payload;
        @Nullable Operation earlier;
        @Nullable Operation later;
    }

    private static final int FIRST_SLOTS = 16;

    private final Effects effects;
    private final LongSupplier clock;
    private final Operation[][] byOwner = new Operation[Tokens.Owner.values().length][0];
    private @Nullable Operation oldest;
    private @Nullable Operation newest;
    private int underWay;
    private int givenUp;
    private long metadataToken;
    private long metadataSinceNs;
    private boolean metadataBusy;
    private boolean metadataGivenUp;

    /**
     * @param effects what reaches the disk
     * @param clock the time of the input that is being handled
     */
    public BackingDevice(Effects effects, LongSupplier clock) {
        this.effects = effects;
        this.clock = clock;
    }

    /** See {@link Effects#diskRead}. */
    public void read(long token, long offsetBytes, int lengthBytes, Payload into) {
        begin(token, into);
        effects.diskRead(token, offsetBytes, lengthBytes, into);
    }

    /** See {@link Effects#diskWrite}. */
    public void write(
            long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        begin(token, from);
        effects.diskWrite(token, offsetBytes, lengthBytes, from, durable);
    }

    /** See {@link Effects#diskFlush}. */
    public void flush(long token) {
        begin(token, null);
        effects.diskFlush(token);
    }

    /** See {@link Effects#diskTrim}. */
    public void trim(long token, long offsetBytes, long lengthBytes) {
        begin(token, null);
        effects.diskTrim(token, offsetBytes, lengthBytes);
    }

    /** See {@link Effects#diskZero}. */
    public void zero(long token, long offsetBytes, long lengthBytes) {
        begin(token, null);
        effects.diskZero(token, offsetBytes, lengthBytes);
    }

    /** See {@link Effects#writeMetadata}; one at a time. */
    public void writeMetadata(long offsetBytes, ByteBuffer image) {
        Invariant.check(!metadataBusy, "INV-08", "two metadata writes at once");
        metadataBusy = true;
        metadataSinceNs = clock.getAsLong();
        metadataToken++;
        effects.writeMetadata(metadataToken, offsetBytes, image);
    }

    private void begin(long token, @Nullable Payload payload) {
        Operation operation = slotOf(token);
        Invariant.check(!operation.busy, "token", "a disk operation in a slot that has one");
        operation.busy = true;
        operation.token = token;
        operation.startedNs = clock.getAsLong();
        operation.payload = payload;
        if (payload != null) {
            payload.retain();
        }
        operation.earlier = newest;
        if (newest == null) {
            oldest = operation;
        } else {
            newest.later = operation;
        }
        newest = operation;
        underWay++;
    }

    private Operation slotOf(long token) {
        int owner = Tokens.owner(token).ordinal();
        int slot = Tokens.slot(token);
        Operation[] slots = byOwner[owner];
        if (slot >= slots.length) {
            int more = Math.max(FIRST_SLOTS, Integer.highestOneBit(slot) * 2);
            slots = Arrays.copyOf(slots, more);
            byOwner[owner] = slots;
        }
        if (slots[slot] == null) {
            slots[slot] = new Operation();
        }
        return slots[slot];
    }

    /**
     * An operation has ended, however late.
     *
     * @return whether somebody still waits for it
     */
    public boolean ended(long token) {
        Operation operation = slotOf(token);
        Invariant.check(
                operation.busy && operation.token == token,
                "token",
                "a disk answer to no operation");
        boolean awaited = !operation.givenUp;
        if (awaited) {
            unlink(operation);
        } else {
            givenUp--;
        }
        operation.busy = false;
        operation.givenUp = false;
        Payload payload = operation.payload;
        if (payload != null) {
            operation.payload = null;
            payload.release();
        }
        return awaited;
    }

    /** The metadata write has ended, however late; whether somebody still waits for it. */
    public boolean metadataEnded(long token) {
        Invariant.check(
                metadataBusy && token == metadataToken, "INV-08", "an answer to no metadata write");
        boolean awaited = !metadataGivenUp;
        metadataBusy = false;
        metadataGivenUp = false;
        return awaited;
    }

    private void unlink(Operation operation) {
        Operation earlier = operation.earlier;
        Operation later = operation.later;
        if (earlier == null) {
            oldest = later;
        } else {
            earlier.later = later;
        }
        if (later == null) {
            newest = earlier;
        } else {
            later.earlier = earlier;
        }
        operation.earlier = null;
        operation.later = null;
        underWay--;
    }

    /** Nobody waits for the disk any more: all that is under way counts as failed. */
    public void giveUp(Owners owners) {
        metadataGivenUp = metadataBusy;
        for (Operation next = oldest; next != null; next = oldest) {
            unlink(next);
            next.givenUp = true;
            givenUp++;
            owners.onDiskDone(next.token, IoStatus.IO_ERROR);
        }
    }

    /** Since when the oldest of what is awaited is under way; Long.MAX_VALUE if nothing is. */
    public long oldestSinceNs() {
        long since = metadataBusy && !metadataGivenUp ? metadataSinceNs : Long.MAX_VALUE;
        return oldest == null ? since : Math.min(since, oldest.startedNs);
    }

    /** Whether the disk owes no answer at all, awaited or not: it may be closed. */
    public boolean idle() {
        return owed() == 0;
    }

    /** How many answers the disk owes. */
    public int owed() {
        return underWay + givenUp + (metadataBusy ? 1 : 0);
    }
}
