package dev.rhizome.core.request;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The peer's digests of the ranges that it wants compared, kept while the own blocks are read. Each
 * check that the peer can have under way has its place; nothing is allocated after the first.
 */
final class BlockChecks {
    private static final int RANGE_DIGESTS_BYTES = Limits.MAX_CHECK_BLOCKS * Limits.DIGEST_BYTES;

    private final @Nullable ByteBuffer[] kept =
            new @Nullable ByteBuffer[Limits.MAX_RESYNC_IN_FLIGHT + Limits.MAX_VERIFY_IN_FLIGHT];
    private final ByteBuffer own = ByteBuffer.allocate(RANGE_DIGESTS_BYTES);

    /** Whether a frame asks for a comparison. */
    static boolean isCheck(FrameType type) {
        return type == FrameType.SYNC_CHECK || type == FrameType.VERIFY_CHECK;
    }

    private static int place(FrameType type, long wireId) {
        int slot = (int) (wireId >>> 32);
        return type == FrameType.SYNC_CHECK ? slot : Limits.MAX_RESYNC_IN_FLIGHT + slot;
    }

    /** Keeps the digests of a check; what is wrong with it, or null. */
    @Nullable String keep(FrameHeader header, ByteBuffer digests) {
        int most =
                header.type() == FrameType.SYNC_CHECK
                        ? Limits.MAX_RESYNC_IN_FLIGHT
                        : Limits.MAX_VERIFY_IN_FLIGHT;
        boolean sound =
                header.id() >>> 32 < most
                        && header.offsetBytes() % Limits.BLOCK_BYTES == 0
                        && header.lengthBytes() <= Limits.RESYNC_REQUEST_BYTES
                        && digests.remaining()
                                == CheckAnswer.blocks(header.lengthBytes()) * Limits.DIGEST_BYTES;
        if (!sound) {
            return "a check that is none: " + header;
        }
        int place = place(header.type(), header.id());
        ByteBuffer target = kept[place];
        if (target == null) {
            target = ByteBuffer.allocate(RANGE_DIGESTS_BYTES);
            kept[place] = target;
        }
        target.clear().put(digests).flip();
        return null;
    }

    /** Which blocks of the own data have other digests than the peer's. */
    int differing(FrameType type, long wireId, Payload data) {
        data.digests(Limits.BLOCK_BYTES, own.clear());
        own.flip();
        ByteBuffer theirs = kept[place(type, wireId)];
        int mask = 0;
        for (int block = 0; block * Limits.DIGEST_BYTES < own.limit(); block++) {
            if (theirs == null || !same(theirs, block * Limits.DIGEST_BYTES)) {
                mask |= 1 << block;
            }
        }
        return mask;
    }

    private boolean same(ByteBuffer theirs, int at) {
        return own.getLong(at) == theirs.getLong(at)
                && own.getLong(at + Long.BYTES) == theirs.getLong(at + Long.BYTES);
    }
}
