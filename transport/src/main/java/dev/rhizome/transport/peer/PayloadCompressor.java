package dev.rhizome.transport.peer;

import dev.rhizome.core.Limits;
import dev.rhizome.transport.NettyPayload;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;

/**
 * LZ4 blocks of volume data, out of payloads and back into them. Its memory is made when it is
 * first needed, once: as much as the longest frame needs (INV-16). The compressor is the native one
 * where that loads; what comes from the peer is taken apart by code that the JVM checks.
 */
final class PayloadCompressor {
    /** Not worth the peer's work otherwise. */
    private static final int LEAST_GAIN_SHARE = 16;

    private @Nullable LZ4Compressor compressor;
    private @Nullable LZ4SafeDecompressor decompressor;
    private @Nullable ByteBuffer out;
    private @Nullable ByteBuffer in;

    /**
     * Compresses.
     *
     * @return the block, valid until the next call; null if the data does not shrink
     */
    @Nullable ByteBuffer compress(NettyPayload payload) {
        LZ4Compressor lz4 = compressor;
        ByteBuffer target = out;
        if (lz4 == null || target == null) {
            lz4 = LZ4Factory.fastestInstance().fastCompressor();
            target = direct(lz4.maxCompressedLength(Limits.MAX_REQUEST_BYTES));
            compressor = lz4;
            out = target;
        }
        int sizeBytes = payload.sizeBytes();
        ByteBuffer source = payload.window(0, sizeBytes).order(ByteOrder.nativeOrder());
        target.clear();
        int length = lz4.compress(source, 0, sizeBytes, target, 0, target.capacity());
        source.order(ByteOrder.BIG_ENDIAN);
        return length <= sizeBytes - sizeBytes / LEAST_GAIN_SHARE ? target.limit(length) : null;
    }

    /** Where a block of so many bytes is to be received into, empty; valid until the next call. */
    ByteBuffer receive(int blockBytes) {
        ByteBuffer target = in;
        if (target == null) {
            target = direct(Limits.MAX_REQUEST_BYTES);
            in = target;
        }
        return target.clear().limit(blockBytes);
    }

    /**
     * Fills a payload from the block that was received.
     *
     * @return whether the block is good and exactly as long as the payload
     */
    boolean decompress(ByteBuffer block, NettyPayload payload) {
        LZ4SafeDecompressor lz4 = decompressor;
        if (lz4 == null) {
            lz4 = LZ4Factory.safeInstance().safeDecompressor();
            decompressor = lz4;
        }
        int sizeBytes = payload.sizeBytes();
        ByteBuffer target = payload.window(0, sizeBytes).order(ByteOrder.nativeOrder());
        try {
            return lz4.decompress(block, 0, block.limit(), target, 0, sizeBytes) == sizeBytes;
        } catch (LZ4Exception e) {
            return false;
        } finally {
            target.order(ByteOrder.BIG_ENDIAN);
        }
    }

    private static ByteBuffer direct(int sizeBytes) {
        return ByteBuffer.allocateDirect(sizeBytes).order(ByteOrder.nativeOrder());
    }
}
