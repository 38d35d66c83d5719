package dev.rhizome.transport.witness;

import dev.rhizome.core.witness.WitnessCodec;
import dev.rhizome.core.witness.WitnessFormatException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Puts a message together from what arrives; there is never a second one behind it. */
final class WitnessFrames {
    private final int maxBodyBytes;
    private final ByteBuffer collected;

    WitnessFrames(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
        collected = ByteBuffer.allocate(WitnessCodec.HEADER_BYTES + maxBodyBytes);
    }

    /**
     * Takes all bytes.
     *
     * @return the whole message, valid until the next call; null if it is not there yet
     * @throws WitnessFormatException if this is no message, or more than one
     */
    @Nullable ByteBuffer add(ByteBuf in) throws WitnessFormatException {
        while (in.isReadable() && collected.hasRemaining()) {
            collected.put(in.readByte());
        }
        ByteBuffer sofar = collected.duplicate().flip();
        int frameBytes = WitnessCodec.frameBytes(sofar, maxBodyBytes);
        if (frameBytes == 0 || frameBytes > sofar.remaining()) {
            return null;
        }
        if (frameBytes < sofar.remaining() || in.isReadable()) {
            throw WitnessCodec.moreThanOne();
        }
        collected.clear();
        return sofar;
    }

    /** A message as bytes to be sent. */
    static ByteBuf toSend(ByteBufAllocator allocator, ByteBuffer frame) {
        return allocator.directBuffer(frame.remaining()).writeBytes(frame);
    }
}
