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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
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

    private final Function<Request, CompletableFuture<Answer>> routes;
    private final Deque<FullHttpRequest> waiting = new ArrayDeque<>();
    private Phase phase = Phase.LISTENING;
    private @Nullable CompletableFuture<Answer> answering;
    private @Nullable EventStream stream;

    private enum Phase {
        LISTENING,
        ANSWERING,
        /** The answer goes on until one side ends it. */
        STREAMING,
        /** The last answer is on its way; then the connection is closed. */
        ENDING
    }

    ControlHandler(Function<Request, CompletableFuture<Answer>> routes) {
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
        } else if (phase == Phase.STREAMING) {
            context.close();
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
        Request asked =
                Request.of(
                                request.method().name(),
                                request.uri(),
                                request.headers().get(HttpHeaderNames.ACCEPT, ""),
                                request.headers().get("prefer", ""),
                                request.content().toString(StandardCharsets.UTF_8))
                        .to(request.headers().get(HttpHeaderNames.HOST, ""));
        CompletableFuture<Answer> future = route(asked);
        answering = future;
        if (asked.isWait() && !future.isDone()) {
            // So that a client that goes away meanwhile is noticed.
            context.read();
        }
        future.whenComplete(
                (answer, failure) ->
                        context.executor()
                                .execute(() -> answered(context, answer, failure, keepAlive)));
    }

    private void answered(
            ChannelHandlerContext context,
            @Nullable Answer answer,
            @Nullable Throwable failure,
            boolean keepAlive) {
        answering = null;
        if (failure != null) {
            onBug(context, failure);
        } else if (answer != null) {
            answer(context, answer, keepAlive);
        }
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
        CompletableFuture<Answer> unanswered = answering;
        if (unanswered != null) {
            unanswered.cancel(false);
        }
        EventStream open = stream;
        if (open != null) {
            open.end();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        EventStream open = stream;
        if (open != null && context.channel().isWritable()) {
            open.write(context);
        }
    }

    private CompletableFuture<Answer> route(Request request) {
        try {
            return routes.apply(request);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void onBug(ChannelHandlerContext context, Throwable failure) {
        if (failure instanceof CancellationException) {
            return;
        }
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
        EventStream follows = answer.stream();
        if (follows != null) {
            begin(context, follows);
            return;
        }
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

    private void begin(ChannelHandlerContext context, EventStream follows) {
        if (!context.channel().isActive()) {
            follows.end();
            return;
        }
        phase = Phase.STREAMING;
        stream = follows;
        follows.start(context);
        // Nothing more is expected: this only notices that the client goes away.
        context.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        boolean busy = phase == Phase.ANSWERING || phase == Phase.STREAMING;
        if (event instanceof IdleStateEvent && !busy) {
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
