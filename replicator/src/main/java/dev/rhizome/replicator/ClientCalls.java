package dev.rhizome.replicator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The public API's reads and writes, from any thread to the event loop: split where they are larger
 * than one request, and waiting in line where memory or requests are short.
 */
final class ClientCalls {

    /** Requests of the API that the engine holds at once; the others of its slots are NBD's. */
    static final int MAX_IN_FLIGHT = 500;

    /** Calls that are not over; a further one is refused as BUSY. */
    static final int MAX_CALLS = 16 * 1024;

    private final EventLoop loop;
    private final Shell shell;
    private final PayloadMemory memory;
    private final AtomicInteger calls = new AtomicInteger();
    private final ArrayDeque<ClientCall> waiting = new ArrayDeque<>();
    private final Set<ClientCall> active = new HashSet<>();
    private int inFlight;
    private boolean wakeAsked;
    private boolean draining;
    private boolean closed;

    ClientCalls(EventLoop loop, Shell shell, PayloadMemory memory) {
        this.loop = loop;
        this.shell = shell;
        this.memory = memory;
    }

    /** One request of a call. */
    private record Part(ClientCalls calls, ClientCall call) implements Completion {
        @Override
        public void complete(long at, IoStatus status, @Nullable Payload payload) {
            calls.answered(call, at, status, payload);
        }
    }

    // ---- on any thread

    CompletableFuture<Void> read(long offsetBytes, ByteBuffer target) {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("the target of a read is read-only");
        }
        return begin(
                new ClientCall(Operation.READ, false, offsetBytes, target.remaining(), target));
    }

    CompletableFuture<Void> write(long offsetBytes, ByteBuffer source, boolean fua) {
        if (calls.get() >= MAX_CALLS) {
            return CompletableFuture.failedFuture(new VolumeIoException(IoStatus.BUSY));
        }
        ByteBuffer copy = ByteBuffer.allocate(source.remaining()).put(source).flip();
        return begin(new ClientCall(Operation.WRITE, fua, offsetBytes, copy.remaining(), copy));
    }

    CompletableFuture<Void> ranged(Operation operation, long offsetBytes, long lengthBytes) {
        return begin(new ClientCall(operation, false, offsetBytes, lengthBytes, null));
    }

    private CompletableFuture<Void> begin(ClientCall call) {
        if (calls.incrementAndGet() > MAX_CALLS) {
            calls.decrementAndGet();
            call.fail(IoStatus.BUSY);
            return call.future;
        }
        try {
            loop.execute(() -> shell.guarded(() -> beginOnLoop(call)));
        } catch (RejectedExecutionException e) {
            calls.decrementAndGet();
            call.fail(IoStatus.SHUTTING_DOWN);
        }
        return call.future;
    }

    // ---- on the event loop

    private void beginOnLoop(ClientCall call) {
        active.add(call);
        IoStatus refusal = refusal(call);
        if (refusal != null) {
            call.fail(refusal);
            endIfOver(call);
        } else if (!waiting.isEmpty() || !ask(call)) {
            waiting.add(call);
        }
    }

    /** The whole call is checked before its first part is begun. */
    private @Nullable IoStatus refusal(ClientCall call) {
        if (closed) {
            return IoStatus.SHUTTING_DOWN;
        }
        if (!shell.serving()) {
            return IoStatus.NOT_PRIMARY;
        }
        if (call.operation == Operation.FLUSH) {
            return null;
        }
        long offset = call.offsetBytes;
        long length = call.lengthBytes;
        boolean inside = offset >= 0 && length > 0 && offset <= shell.sizeBytes() - length;
        boolean aligned = ((offset | length) & (shell.sectorBytes() - 1)) == 0;
        return inside && aligned ? null : IoStatus.INVALID;
    }

    /** Asks for as many requests as there is room for; false if some are left. */
    private boolean ask(ClientCall call) {
        while (!call.allAsked()) {
            if (inFlight >= MAX_IN_FLIGHT) {
                return false;
            }
            if (!call.carriesData()) {
                // One part at a time: the next follows in its place.
                submit(call, null);
                return true;
            }
            PooledPayload payload = memory.acquire((int) call.nextLengthBytes());
            if (payload == null) {
                askForWake();
                return false;
            }
            if (call.operation == Operation.WRITE) {
                call.fill(payload);
            }
            submit(call, payload);
        }
        endIfOver(call);
        return true;
    }

    private void submit(ClientCall call, @Nullable PooledPayload payload) {
        long length = call.nextLengthBytes();
        long at = call.next(length);
        inFlight++;
        boolean ranged = call.operation != Operation.FLUSH;
        long offset = ranged ? call.offsetBytes + at : 0;
        shell.submit(call.operation, call.fua, offset, length, payload, new Part(this, call), at);
    }

    private void answered(ClientCall call, long at, IoStatus status, @Nullable Payload payload) {
        inFlight--;
        call.answered(at, status, payload);
        if (!call.carriesData() && !call.allAsked()) {
            submit(call, null);
        }
        endIfOver(call);
        drain();
    }

    private void endIfOver(ClientCall call) {
        if (call.over() && active.remove(call)) {
            calls.decrementAndGet();
            call.end();
        }
    }

    private void askForWake() {
        if (!wakeAsked) {
            wakeAsked = true;
            memory.whenAvailable(() -> shell.guarded(this::wake));
        }
    }

    private void wake() {
        wakeAsked = false;
        drain();
    }

    /** Goes on with those that wait, in line. */
    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        while (!waiting.isEmpty() && ask(waiting.element())) {
            waiting.remove();
        }
        draining = false;
    }

    /** The volume ends: nothing that waits will be done. */
    void failAll() {
        closed = true;
        waiting.clear();
        for (ClientCall call : List.copyOf(active)) {
            call.fail(IoStatus.SHUTTING_DOWN);
        }
        active.clear();
    }
}
