package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The public API's reads and writes, from any thread to the event loop: split where they are larger
 * than one request, and waiting in line where memory is short.
 */
final class ClientCalls {
    private static final int MAX_WAITING = 16 * 1024;

    private final EventLoop loop;
    private final Shell shell;
    private final PayloadMemory memory;
    private final ArrayDeque<Call> waiting = new ArrayDeque<>();
    private final Set<Call> active = new HashSet<>();
    private boolean wakeAsked;
    private boolean closed;

    ClientCalls(EventLoop loop, Shell shell, PayloadMemory memory) {
        this.loop = loop;
        this.shell = shell;
        this.memory = memory;
    }

    /** One call of the API: all its requests, and the future that they share. */
    private final class Call implements Completion {
        final CompletableFuture<Void> future = new CompletableFuture<>();
        final Operation operation;
        final boolean fua;
        final long offsetBytes;
        final long lengthBytes;
        final @Nullable ByteBuffer bytes;
        final int start;
        long asked;
        int pending;
        IoStatus worst = IoStatus.OK;

        Call(
                Operation operation,
                boolean fua,
                long offsetBytes,
                long lengthBytes,
                @Nullable ByteBuffer bytes) {
            this.operation = operation;
            this.fua = fua;
            this.offsetBytes = offsetBytes;
            this.lengthBytes = lengthBytes;
            this.bytes = bytes;
            this.start = bytes == null ? 0 : bytes.position();
        }

        /** Asks for as many requests as there is memory for; false if some are left. */
        boolean ask() {
            if (bytes == null) {
                pending++;
                asked = Math.max(1, lengthBytes);
                shell.submit(operation, fua, offsetBytes, lengthBytes, null, this, 0);
                return true;
            }
            while (asked < lengthBytes && worst == IoStatus.OK) {
                int length = (int) Math.min(Limits.MAX_REQUEST_BYTES, lengthBytes - asked);
                PooledPayload payload = memory.acquire(length);
                if (payload == null) {
                    return false;
                }
                if (operation == Operation.WRITE) {
                    payload.window(0, length)
                            .put(
                                    bytes.duplicate()
                                            .position(start + (int) asked)
                                            .limit(start + (int) asked + length));
                }
                long at = asked;
                asked += length;
                pending++;
                shell.submit(operation, fua, offsetBytes + at, length, payload, this, at);
            }
            return true;
        }

        @Override
        public void complete(long token, IoStatus status, @Nullable Payload payload) {
            if (payload != null) {
                if (bytes != null) {
                    int at = start + (int) token;
                    bytes.duplicate()
                            .position(at)
                            .put(((PooledPayload) payload).window(0, payload.sizeBytes()));
                }
                payload.release();
            }
            pending--;
            if (status != IoStatus.OK) {
                worst = status;
            }
            endIfDone();
        }

        void endIfDone() {
            boolean allAsked = asked >= lengthBytes || worst != IoStatus.OK;
            if (pending > 0 || !allAsked || future.isDone()) {
                return;
            }
            active.remove(this);
            if (worst != IoStatus.OK) {
                fail(worst);
                return;
            }
            if (operation == Operation.READ && bytes != null) {
                bytes.position(start + (int) lengthBytes);
            }
            future.complete(null);
        }

        void fail(IoStatus status) {
            future.completeExceptionally(new VolumeIoException(status));
        }
    }

    CompletableFuture<Void> read(long offsetBytes, ByteBuffer target) {
        return enqueue(new Call(Operation.READ, false, offsetBytes, target.remaining(), target));
    }

    CompletableFuture<Void> write(long offsetBytes, ByteBuffer source, boolean fua) {
        ByteBuffer copy = ByteBuffer.allocate(source.remaining()).put(source).flip();
        return enqueue(new Call(Operation.WRITE, fua, offsetBytes, copy.remaining(), copy));
    }

    CompletableFuture<Void> ranged(Operation operation, long offsetBytes, long lengthBytes) {
        return enqueue(new Call(operation, false, offsetBytes, lengthBytes, null));
    }

    private CompletableFuture<Void> enqueue(Call call) {
        if (call.bytes != null && call.lengthBytes == 0) {
            call.fail(IoStatus.INVALID);
            return call.future;
        }
        try {
            loop.execute(() -> begin(call));
        } catch (RejectedExecutionException e) {
            call.fail(IoStatus.SHUTTING_DOWN);
        }
        return call.future;
    }

    private void begin(Call call) {
        if (closed) {
            call.fail(IoStatus.SHUTTING_DOWN);
        } else if (waiting.size() >= MAX_WAITING) {
            call.fail(IoStatus.BUSY);
        } else {
            active.add(call);
            askInTurn(call);
        }
    }

    private void askInTurn(Call call) {
        if (!waiting.isEmpty() || !call.ask()) {
            waiting.add(call);
            askForWake();
        }
    }

    private void askForWake() {
        if (!wakeAsked) {
            wakeAsked = true;
            memory.whenAvailable(this::wake);
        }
    }

    private void wake() {
        wakeAsked = false;
        while (!waiting.isEmpty()) {
            Call call = waiting.element();
            if (!call.ask()) {
                askForWake();
                return;
            }
            waiting.remove();
            call.endIfDone();
        }
    }

    /** The volume ends: nothing that waits will be done. */
    void failAll() {
        closed = true;
        waiting.clear();
        for (Call call : active) {
            call.fail(IoStatus.SHUTTING_DOWN);
        }
        active.clear();
    }
}
