package dev.rhizome.daemon.control;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one connection's requests, one at a time: the channel does not read by itself, and the
 * next request is asked for when the last one has been answered.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's: a failed close has nobody left to tell.
final class ControlHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(ControlHandler.class);

    private static final int MAX_PIPELINED = 16;

    private final Routes routes;
    private final Deque<FullHttpRequest> waiting = new ArrayDeque<>();
    private Phase phase = Phase.LISTENING;

    private enum Phase {
        LISTENING,
        ANSWERING,
        /** The last answer is on its way; then the connection is closed. */
        ENDING
    }

    ControlHandler(Routes routes) {
        this.routes = routes;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.read();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (phase == Phase.LISTENING) {
            handle(context, request);
        } else if (phase == Phase.ANSWERING) {
            if (waiting.size() < MAX_PIPELINED) {
                waiting.add(request.retain());
            } else {
                context.close();
            }
        }
    }

    private void handle(ChannelHandlerContext context, FullHttpRequest request) {
        phase = Phase.ANSWERING;
        if (request.decoderResult().isFailure()) {
            answer(
                    context,
                    Answer.problem(
                            400, "bad-request", "Bad request", "this is not an HTTP request"),
                    false);
            return;
        }
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        String accept = request.headers().get(HttpHeaderNames.ACCEPT, "");
        String uri = request.uri();
        int query = uri.indexOf('?');
        route(
                        request.method().name(),
                        query < 0 ? uri : uri.substring(0, query),
                        accept.startsWith("text/plain"),
                        request.content().toString(StandardCharsets.UTF_8))
                .whenComplete(
                        (answer, failure) ->
                                context.executor()
                                        .execute(
                                                () -> {
                                                    if (failure == null) {
                                                        answer(context, answer, keepAlive);
                                                    } else {
                                                        onBug(context, failure);
                                                    }
                                                }));
    }

    /** After an answer: the next request of a client that does not wait, or the next read. */
    private void next(ChannelHandlerContext context) {
        phase = Phase.LISTENING;
        FullHttpRequest request = waiting.poll();
        if (request == null) {
            context.read();
            return;
        }
        try {
            handle(context, request);
        } finally {
            request.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        waiting.forEach(FullHttpRequest::release);
        waiting.clear();
    }

    private CompletableFuture<Answer> route(
            String method, String path, boolean asText, String body) {
        try {
            return routes.handle(method, path, asText, body);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void onBug(ChannelHandlerContext context, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof Error) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
        }
        LOG.error("a control request failed", cause);
        answer(
                context,
                Answer.problem(500, "internal", "Internal error", String.valueOf(cause)),
                false);
    }

    private void answer(ChannelHandlerContext context, Answer answer, boolean keepAlive) {
        ByteBuf body = ByteBufUtil.writeUtf8(context.alloc(), answer.body());
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        answer.headers().forEach((name, value) -> response.headers().set(name, value));
        if (keepAlive) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            next(context);
        } else {
            phase = Phase.ENDING;
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent && phase != Phase.ANSWERING) {
            context.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof Error) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
        } else if (cause instanceof IOException) {
            LOG.debug("a control connection was lost: {}", cause.getMessage());
        } else {
            LOG.warn("a control connection is closed", cause);
        }
        context.close();
    }
}
