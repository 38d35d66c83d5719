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

    private final NbdShare share;
    private final NbdIncoming incoming;
    private long bytesInFlight;
    private boolean alone;
    private boolean abandoned;

    NbdTransmission(
            NbdServer server, NbdConnection connection, NbdReplies replies, boolean structured) {
        this.server = server;
        this.connection = connection;
        this.replies = replies;
        this.structured = structured;
        share = new NbdShare(server, connection);
        incoming = new NbdIncoming(share, this);
    }

    /**
     * Whether another reply has its place, even a refusal: a client that does not read them gets no
     * more, and nothing comes between the parts of a large simple reply.
     */
    boolean mayReply() {
        return !alone && connection.channel().isWritable();
    }

    /** Answers a request that never reaches the volume. */
    void refuse(long cookie, NbdRefusal why) {
        server.statistics().refused++;
        replies.failed(cookie, why);
    }

    /** Begins a request that was found good; false if it must wait. */
    boolean start(NbdRequestHeader header) {
        if (header.command == Nbd.CMD_CACHE || header.command == Nbd.CMD_BLOCK_STATUS) {
            answerAtOnce(header);
            return true;
        }
        boolean carriesData = header.command == Nbd.CMD_READ || header.command == Nbd.CMD_WRITE;
        long dataBytes = carriesData ? header.lengthBytes : 0;
        // A simple reply cannot be interleaved with others, and we do not hold all of a large one.
        boolean wantsToBeAlone =
                header.command == Nbd.CMD_READ
                        && !structured
                        && header.lengthBytes > Limits.MAX_REQUEST_BYTES;
        if (!hasRoom(dataBytes, wantsToBeAlone)) {
            return false;
        }
        if (!carriesData && !share.permitAvailable()) {
            return false;
        }
        NbdRequest request = take();
        request.start(header, header.fua() && operation(header.command).changes());
        bytesInFlight += dataBytes;
        alone = wantsToBeAlone;
        switch (header.command) {
            case Nbd.CMD_WRITE -> incoming.expect(request);
            case Nbd.CMD_FLUSH -> issueWhole(request);
            default -> issueParts(request);
        }
        return true;
    }

    /**
     * What the volume is not asked: it reads past all caches, so that there is none to warm, and
     * knows of no holes.
     */
    private void answerAtOnce(NbdRequestHeader header) {
        if (!server.volume().serving()) {
            refuse(header.cookie, NbdRefusal.NOT_PRIMARY);
            return;
        }
        server.statistics().byCommand[header.command]++;
        if (header.command == Nbd.CMD_CACHE) {
            replies.done(header.cookie);
        } else {
            replies.allocated(header.cookie, header.lengthBytes);
        }
        connection.flushSoon();
    }

    private boolean hasRoom(long dataBytes, boolean wantsToBeAlone) {
        int inFlight = inFlight();
        return inFlight < server.options().maxRequestsPerConnection()
                && (bytesInFlight == 0
                        || bytesInFlight + dataBytes <= server.options().maxBytesPerConnection())
                && starved.isEmpty()
                && (inFlight == 0 || !wantsToBeAlone);
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
            boolean room = share.permitAvailable();
            NettyPayload payload = room && reads ? share.memory(partBytes) : null;
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
        return incoming.receive(in);
    }

    /** A part of that write is complete; the payload's reference passes. */
    void onPart(NbdRequest request, NettyPayload payload) {
        server.statistics().writeBytes += payload.sizeBytes();
        issuePart(request, payload.sizeBytes(), payload);
    }

    /** Whether data of a write is still to come. */
    boolean receiving() {
        return incoming.expected();
    }

    /** Data that is still to come of a write that has failed already. */
    long unwantedBytes() {
        return incoming.unwantedBytes();
    }

    /** Those data have come and gone. */
    void drained() {
        NbdRequest request = incoming.giveUp();
        if (request != null) {
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
        return inFlight() > (incoming.nothingIssued() ? 1 : 0);
    }

    /** The connection is gone: answers are dropped from now on. */
    void abandon() {
        abandoned = true;
        starved.clear();
        incoming.drop();
    }
}
