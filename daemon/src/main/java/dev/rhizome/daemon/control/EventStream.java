package dev.rhizome.daemon.control;

import dev.rhizome.daemon.event.EventRecord;
import dev.rhizome.daemon.event.Subscription;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One reader of the event stream: writes as fast as the client reads, and no faster. The answer
 * ends with the connection. A client that reads nothing for a minute is let go.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's: a failed close has nobody left to tell.
final class EventStream {
    private static final long KEEP_ALIVE_SECONDS = 15;
    private static final int STALLED_BEATS = 4;

    private final Subscription subscription;
    private final EventFormat format;
    private @Nullable ScheduledFuture<?> beat;
    private int stalled;
    private boolean ended;

    EventStream(Subscription subscription, EventFormat format) {
        this.subscription = subscription;
        this.format = format;
    }

    /** Begins, on the channel's event loop. */
    void start(ChannelHandlerContext context) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, format.contentType())
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        context.writeAndFlush(head);
        beat =
                context.executor()
                        .scheduleAtFixedRate(
                                () -> beat(context),
                                KEEP_ALIVE_SECONDS,
                                KEEP_ALIVE_SECONDS,
                                TimeUnit.SECONDS);
        // Called from the hub's thread as well; a loop that has ended needs no waking.
        subscription.onReady(
                () -> {
                    if (!context.executor().isShuttingDown()) {
                        context.executor().execute(() -> write(context));
                    }
                });
    }

    /** Writes what there is, while the client takes it. */
    void write(ChannelHandlerContext context) {
        boolean wrote = false;
        while (!ended && context.channel().isWritable()) {
            EventRecord record = subscription.next();
            if (record == null) {
                break;
            }
            wrote = true;
            stalled = 0;
            send(context, format.write(record, Instant.now().truncatedTo(ChronoUnit.MILLIS)));
            if (record instanceof EventRecord.End) {
                end();
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                        .addListener(ChannelFutureListener.CLOSE);
            }
        }
        if (wrote) {
            context.flush();
        }
    }

    private void beat(ChannelHandlerContext context) {
        if (!context.channel().isWritable()) {
            if (++stalled >= STALLED_BEATS) {
                context.close();
            }
        } else if (!format.keepAlive().isEmpty()) {
            send(context, format.keepAlive());
            context.flush();
        }
    }

    private static void send(ChannelHandlerContext context, String text) {
        context.write(new DefaultHttpContent(ByteBufUtil.writeUtf8(context.alloc(), text)));
    }

    /** The client has gone, or has all. */
    void end() {
        ended = true;
        ScheduledFuture<?> beating = beat;
        if (beating != null) {
            beating.cancel(false);
        }
        subscription.cancel();
    }
}
