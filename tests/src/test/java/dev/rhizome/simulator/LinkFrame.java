package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A frame on its way between the nodes of a {@link Pair}, encoded. */
final class LinkFrame {
    private static final long BLOCK_BYTES = 4096;

    private final FrameType type;
    private final ByteBuffer header;
    private final byte @Nullable [] control;
    private final long @Nullable [] stamps;
    private final long offsetBytes;
    private final long lengthBytes;

    LinkFrame(FrameHeader sent, @Nullable ByteBuffer body, @Nullable Payload payload) {
        type = sent.type();
        offsetBytes = sent.offsetBytes();
        lengthBytes = sent.lengthBytes();
        ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES);
        sent.encode(bytes);
        header = bytes.flip();
        stamps = payload == null ? null : ((StampPool.Stamps) payload).stamps.clone();
        if (body == null) {
            control = null;
        } else {
            control = new byte[body.remaining()];
            body.get(control);
        }
    }

    FrameType type() {
        return type;
    }

    /** A hello tells of this version of the protocol, as its newest and its oldest. */
    void stateVersion(int version) {
        if (type == FrameType.HELLO && control != null) {
            ByteBuffer.wrap(control).putShort((short) version).putShort((short) version);
        }
    }

    void arriveAt(PairShell shell) {
        shell.frameArrived(header, control, stamps);
    }

    /** Adds the blocks of a resync that it carries. */
    void addBlocksTo(Set<Integer> blocks) {
        if (type == FrameType.SYNC_WRITE || type == FrameType.SYNC_ZERO) {
            long first = offsetBytes / BLOCK_BYTES;
            for (long block = 0; block < lengthBytes / BLOCK_BYTES; block++) {
                blocks.add((int) (first + block));
            }
        }
    }
}
