package dev.rhizome.transport.peer;

import dev.rhizome.core.policy.Compression;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.transport.NettyPayload;
import dev.rhizome.transport.OutboundBatch;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Compresses the volume data of one link where both nodes want it and it pays, and counts. */
final class DataCompression {
    private final PayloadCompressor compressor;
    private final CompressionChoice choice;
    private final LinkStatistics statistics;
    private final boolean accepted;
    private final FrameHeader header = new FrameHeader();
    private long handedBytes;

    /**
     * @param compressor may be shared by links of which one is up
     * @param mode what this node wants
     * @param peerTakes whether the peer takes compressed data
     * @param statistics where it counts
     */
    DataCompression(
            PayloadCompressor compressor,
            Compression mode,
            boolean peerTakes,
            LinkStatistics statistics) {
        this.compressor = compressor;
        this.statistics = statistics;
        accepted = mode != Compression.NEVER;
        choice = new CompressionChoice(peerTakes ? mode : Compression.NEVER);
        statistics.compressing(choice.on());
    }

    /**
     * Before a frame with data is sent: compresses it, if that is wanted and the data shrinks, and
     * writes the header for that.
     *
     * @param waitingBytes what the link has not taken yet
     * @return the frame's body, valid until the next call; null if neither was done
     */
    @Nullable ByteBuffer compress(
            FrameHeader plain, NettyPayload payload, OutboundBatch outbound, long waitingBytes) {
        int beforeBytes = payload.sizeBytes();
        if (!outbound.pending()) {
            choice.waiting(System.nanoTime(), 0, waitingBytes);
        }
        ByteBuffer block = null;
        if (choice.wants(beforeBytes)) {
            long startNs = System.nanoTime();
            block = compressor.compress(payload);
            int afterBytes = block == null ? beforeBytes : block.remaining();
            choice.compressed(beforeBytes, afterBytes, System.nanoTime() - startNs);
        }
        int wireBytes = block == null ? beforeBytes : block.remaining();
        if (block != null) {
            header.copyFrom(plain).compress(wireBytes).encode(outbound.header(FrameHeader.BYTES));
        }
        handedBytes += wireBytes;
        statistics.sent(beforeBytes, wireBytes);
        return block;
    }

    /**
     * All that was sent has been handed to the socket.
     *
     * @param waitingBytes what it has not taken
     */
    void flushed(long waitingBytes) {
        if (handedBytes > 0 || waitingBytes > 0) {
            choice.waiting(System.nanoTime(), handedBytes, waitingBytes);
            handedBytes = 0;
            statistics.compressing(choice.on());
        }
    }

    /** Whether compressed frames may come: the peer has been told so. */
    boolean accepted() {
        return accepted;
    }

    /** Where the body of a compressed frame is received into. */
    ByteBuffer receive(int blockBytes) {
        return compressor.receive(blockBytes);
    }

    /** Fills a payload from the received body; false if that is damaged. */
    boolean decompress(ByteBuffer block, NettyPayload payload) {
        return compressor.decompress(block, payload);
    }

    /** A frame with data has come. */
    void received(int beforeBytes, int wireBytes) {
        statistics.received(beforeBytes, wireBytes);
    }
}
