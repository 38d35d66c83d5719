package dev.rhizome.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.TimeUnit;

/**
 * Writes and closes without looking at the future: a write that fails reaches the pipeline's
 * exceptionCaught (that is what a void promise is), and a close that fails has nothing to add.
 */
public final class Channels {

    private Channels() {}

    /** Writes a buffer, whose reference passes; it leaves at the next flush. */
    @SuppressWarnings("FutureReturnValueIgnored")
    public static void write(Channel channel, ByteBuf whole) {
        channel.write(whole, channel.voidPromise());
    }

    /** Writes a buffer, whose reference passes, and flushes. */
    @SuppressWarnings("FutureReturnValueIgnored")
    public static void writeAndFlush(Channel channel, ByteBuf whole) {
        channel.writeAndFlush(whole, channel.voidPromise());
    }

    /** Closes a channel, through its pipeline. */
    @SuppressWarnings("FutureReturnValueIgnored")
    public static void close(Channel channel) {
        channel.close();
    }

    /** Closes a channel once all that was written to it has left, or after a time limit. */
    @SuppressWarnings("FutureReturnValueIgnored")
    public static void closeAfterFlush(Channel channel, long limitMs) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        channel.eventLoop().schedule(() -> close(channel), limitMs, TimeUnit.MILLISECONDS);
    }
}
