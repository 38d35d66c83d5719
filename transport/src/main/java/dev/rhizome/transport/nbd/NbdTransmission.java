package dev.rhizome.transport.nbd;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.transport.NettyPayload;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection between the client and the volume. Limits: so many requests and so
 * many bytes of data at once, and the server's permits and the payload pool over all connections;
 * at a limit the client's socket is not read until something has been answered.
 */
final class NbdTransmission implements Completion {
    /**
     * Parts of one large request that the volume has at once, when they may be answered in any
     * order.
     */
    private static final int PART_WINDOW = 4;

    private final NbdServer server;
    private final NbdConnection connection;
    private final NbdReplies replies;
    private final boolean structured;
    private final List<NbdRequest> requests = new ArrayList<>();
    private final ArrayDeque<NbdRequest> free = new ArrayDeque<>();

    /** Large requests that wait for memory or permits to go on. */
    private final ArrayDeque<NbdRequest> starved = new ArrayDeque<>();

    private final Runnable memoryIsBack = this::onMemory;
    private final Runnable permitIsBack = this::onPermit;
    private boolean waitsForMemory;
    private boolean waitsForPermit;
    private @Nullable NbdRequest writing;
    private @Nullable NettyPayload incoming;
    private int incomingBytes;
    private long bytesInFlight;
    private boolean alone;
    private boolean abandoned;

    NbdTransmission(
            NbdServer server, NbdConnection connection, NbdReplies replies, boolean structured) {
        this.server = server;
        this.connection = connection;
        this.replies = replies;
        this.structured = structured;
    }

    /** Answers a request that never reaches the volume. */
    void refuse(long cookie, NbdRefusal why) {
        server.statistics().refused++;
        replies.failed(cookie, why);
    }

    /** Begins a request that was found good; false if it must wait. */
    boolean start(int command, boolean fua, long cookie, long offsetBytes, long lengthBytes) {
        boolean carriesData = command == Nbd.CMD_READ || command == Nbd.CMD_WRITE;
        long dataBytes = carriesData ? lengthBytes : 0;
        // A simple reply cannot be interleaved with others, and we do not hold all of a large one.
        boolean wantsToBeAlone =
                command == Nbd.CMD_READ && !structured && lengthBytes > Limits.MAX_REQUEST_BYTES;
        if (!hasRoom(dataBytes, wantsToBeAlone)) {
            return false;
        }
        if (!carriesData && !permitAvailable()) {
            return false;
        }
        NbdRequest request = take();
        request.start(
                command, fua && operation(command).changes(), cookie, offsetBytes, lengthBytes);
        bytesInFlight += dataBytes;
        alone = wantsToBeAlone;
        if (command == Nbd.CMD_WRITE) {
            writing = request;
        } else if (command == Nbd.CMD_FLUSH) {
            issueWhole(request);
        } else {
            issueParts(request);
        }
        return true;
    }

    private boolean hasRoom(long dataBytes, boolean wantsToBeAlone) {
        int inFlight = inFlight();
        return inFlight < server.options().maxRequestsPerConnection()
                && (bytesInFlight == 0
                        || bytesInFlight + dataBytes <= server.options().maxBytesPerConnection())
                && starved.isEmpty()
                && !alone
                && (inFlight == 0 || !wantsToBeAlone)
                && connection.channel().isWritable();
    }

    private int inFlight() {
        return requests.size() - free.size();
    }

    private NbdRequest take() {
        NbdRequest request = free.poll();
        if (request == null) {
            request = new NbdRequest(requests.size());
            requests.add(request);
        }
        return request;
    }

    private boolean permitAvailable() {
        if (server.permits().available()) {
            return true;
        }
        if (!waitsForPermit) {
            waitsForPermit = true;
            server.permits().whenGiven(permitIsBack);
        }
        return false;
    }

    private @Nullable NettyPayload memory(int sizeBytes) {
        NettyPayload payload = server.pool().acquire(sizeBytes);
        if (payload == null && !waitsForMemory) {
            waitsForMemory = true;
            server.pool().whenAvailable(memoryIsBack);
        }
        return payload;
    }

    private void onMemory() {
        waitsForMemory = false;
        connection.wakeUpSoon();
    }

    private void onPermit() {
        waitsForPermit = false;
        connection.wakeUpSoon();
    }

    private void issueWhole(NbdRequest request) {
        long token = request.nextToken();
        request.issuedBytes = request.lengthBytes;
        issue(request, request.offsetBytes, request.lengthBytes, null, token);
    }

    private void issueParts(NbdRequest request) {
        boolean reads = request.command == Nbd.CMD_READ;
        int window = reads && !structured ? 1 : PART_WINDOW;
        request.issuing = true;
        while (!abandoned && !request.allIssued() && request.outstanding < window) {
            int partBytes = request.nextPartBytes();
            boolean room = permitAvailable();
            NettyPayload payload = room && reads ? memory(partBytes) : null;
            if (!room || (reads && payload == null)) {
                if (!starved.contains(request)) {
                    starved.add(request);
                }
                break;
            }
            issuePart(request, partBytes, payload);
        }
        request.issuing = false;
        endIfEnded(request);
    }

    private void issuePart(NbdRequest request, int partBytes, @Nullable NettyPayload payload) {
        long token = request.nextToken();
        request.issuedBytes += partBytes;
        issue(request, request.offsetOf(token), partBytes, payload, token);
    }

    private void issue(
            NbdRequest request,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            long token) {
        request.outstanding++;
        server.permits().take();
        server.volume()
                .submit(
                        operation(request.command),
                        request.fua,
                        offsetBytes,
                        lengthBytes,
                        payload,
                        this,
                        token);
    }

    private static Operation operation(int command) {
        return switch (command) {
            case Nbd.CMD_READ -> Operation.READ;
            case Nbd.CMD_WRITE -> Operation.WRITE;
            case Nbd.CMD_FLUSH -> Operation.FLUSH;
            case Nbd.CMD_TRIM -> Operation.TRIM;
            case Nbd.CMD_WRITE_ZEROES -> Operation.ZERO;
            default -> throw new IllegalArgumentException("command " + command);
        };
    }

    /** Goes on with large requests that had to stop. */
    void issueStarved() {
        // Those that have to stop again go to the end of the queue.
        for (int n = starved.size(); n > 0 && !starved.isEmpty(); n--) {
            issueParts(starved.remove());
        }
    }

    /** Takes data of the write that was started last; false if there is no memory for it. */
    boolean receive(ByteBuf in) {
        NbdRequest request = Invariant.present(writing, "INV-16", "data belongs to a write");
        if (request.failure != null) {
            return true;
        }
        NettyPayload target = incoming;
        if (target == null) {
            target = permitAvailable() ? memory(request.nextPartBytes()) : null;
            if (target == null) {
                return false;
            }
            incoming = target;
            incomingBytes = 0;
        }
        int lengthBytes = Math.min(in.readableBytes(), target.sizeBytes() - incomingBytes);
        in.readBytes(target.window(incomingBytes, lengthBytes));
        incomingBytes += lengthBytes;
        if (incomingBytes < target.sizeBytes()) {
            return true;
        }
        if (!permitAvailable()) {
            // Others have taken it since; the full part stays until one is given back.
            return false;
        }
        incoming = null;
        server.statistics().writeBytes += target.sizeBytes();
        if (request.issuedBytes + target.sizeBytes() == request.lengthBytes) {
            request.receiving = false;
            writing = null;
        }
        issuePart(request, target.sizeBytes(), target);
        return true;
    }

    /** Whether data of a write is still to come. */
    boolean receiving() {
        return writing != null;
    }

    /** Data that is still to come of a write that has failed already. */
    long unwantedBytes() {
        NbdRequest request = writing;
        if (request == null || request.failure == null) {
            return 0;
        }
        long hereBytes = incoming == null ? 0 : incomingBytes;
        dropIncoming();
        return request.lengthBytes - request.issuedBytes - hereBytes;
    }

    /** Those data have come and gone. */
    void drained() {
        NbdRequest request = writing;
        if (request != null) {
            writing = null;
            request.receiving = false;
            endIfEnded(request);
        }
    }

    @Override
    public void complete(long token, IoStatus status, @Nullable Payload payload) {
        server.permits().give();
        onAnswer(requests.get(NbdRequest.indexOf(token)), token, status, payload);
        server.onAnswered();
    }

    private void onAnswer(
            NbdRequest request, long token, IoStatus status, @Nullable Payload payload) {
        Invariant.check(request.outstanding > 0, "INV-16", "a part is answered once");
        request.outstanding--;
        if (abandoned) {
            if (payload != null) {
                payload.release();
            }
            return;
        }
        if (status != IoStatus.OK) {
            fail(request, status, payload);
        } else if (payload != null) {
            onData(request, token, (NettyPayload) payload);
        }
        if (abandoned || request.issuing) {
            return;
        }
        if (request.command != Nbd.CMD_WRITE && !request.allIssued()) {
            issueParts(request);
        } else {
            endIfEnded(request);
        }
    }

    private void fail(NbdRequest request, IoStatus status, @Nullable Payload payload) {
        if (payload != null) {
            payload.release();
        }
        if (request.failure == null) {
            request.failure = NbdRefusal.of(status);
            server.statistics().failed++;
        }
    }

    private void onData(NbdRequest request, long token, NettyPayload payload) {
        server.statistics().readBytes += payload.sizeBytes();
        if (request.failure != null) {
            payload.release();
            return;
        }
        replies.data(request, request.offsetOf(token), payload);
        connection.flushSoon();
    }

    private void endIfEnded(NbdRequest request) {
        if (abandoned || request.issuing || !request.allAnswered()) {
            return;
        }
        NbdRefusal failure = request.failure;
        if (failure != null && request.replyBegun) {
            connection.close("a read failed after its simple reply had begun", true);
            return;
        }
        if (failure != null) {
            replies.failed(request.cookie, failure);
        } else if (request.command != Nbd.CMD_READ) {
            replies.done(request.cookie);
        }
        release(request);
        connection.flushSoon();
    }

    private void release(NbdRequest request) {
        server.statistics().byCommand[request.command]++;
        if (request.command == Nbd.CMD_READ || request.command == Nbd.CMD_WRITE) {
            bytesInFlight -= request.lengthBytes;
        }
        starved.remove(request);
        free.push(request);
        alone = false;
        connection.onRequestEnded();
    }

    /** Whether something must be answered: all but a write whose data are still to come. */
    boolean busy() {
        boolean onlyData = writing != null && writing.outstanding == 0;
        return inFlight() > (onlyData ? 1 : 0);
    }

    /** The connection is gone: answers are dropped from now on. */
    void abandon() {
        abandoned = true;
        starved.clear();
        dropIncoming();
    }

    private void dropIncoming() {
        if (incoming != null) {
            incoming.release();
            incoming = null;
        }
    }
}
