package dev.rhizome.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;

/**
 * The end of a pipeline that takes bytes as they come, and stops the channel's reading while it
 * cannot. What Netty had already read then waits here: one socket read's worth, since reading is
 * off until it has been taken.
 */
public abstract class StallingReceiver extends ChannelInboundHandlerAdapter {
    private final ArrayDeque<ByteBuf> backlog = new ArrayDeque<>();
    private boolean stalled;
    private boolean stopped;

    /**
     * Takes bytes from the buffer until it is empty or memory is short.
     *
     * @return false if it must wait: somebody calls {@link #resume} later
     */
    protected abstract boolean consume(ByteBuf in);

    /** All bytes of one turn of the loop have been taken, or as many as could be. */
    protected abstract void batchEnd();

    /** An exception or error escaped: a bug. */
    protected abstract void bug(Throwable cause);

    /** The channel that is read. */
    protected abstract Channel channel();

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        receive((ByteBuf) message);
    }

    /** Takes a buffer, whose reference passes. */
    protected final void receive(ByteBuf in) {
        if (stopped) {
            in.release();
        } else if (stalled) {
            backlog.add(in);
        } else {
            take(in);
        }
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        if (!stopped) {
            endBatch();
        }
    }

    private void endBatch() {
        try {
            batchEnd();
        } catch (Throwable e) {
            bug(e);
        }
    }

    /** Takes a buffer, or puts it aside at the head of the backlog. */
    private void take(ByteBuf in) {
        boolean taken = true;
        try {
            taken = consume(in);
        } catch (Throwable e) {
            bug(e);
        } finally {
            if (taken || stopped) {
                in.release();
            } else {
                backlog.addFirst(in);
                stalled = true;
                channel().config().setAutoRead(false);
            }
        }
    }

    /** What was missing may be there: goes on, and reads again once all that waited is taken. */
    protected final void resume() {
        if (!stalled || stopped) {
            return;
        }
        stalled = false;
        // An empty buffer asks a receiver that waits without bytes to look again.
        ByteBuf next = backlog.isEmpty() ? channel().alloc().buffer(0, 0) : backlog.remove();
        while (!stalled && !stopped) {
            take(next);
            if (stalled || stopped || backlog.isEmpty()) {
                break;
            }
            next = backlog.remove();
        }
        if (!stopped) {
            endBatch();
        }
        if (!stalled && !stopped) {
            channel().config().setAutoRead(true);
        }
    }

    /** Whether it waits. */
    protected final boolean stalled() {
        return stalled;
    }

    /** Takes no more bytes, for ever. */
    protected final void stopReceiving() {
        stopped = true;
        ByteBuf waiting = backlog.poll();
        while (waiting != null) {
            waiting.release();
            waiting = backlog.poll();
        }
    }
}
