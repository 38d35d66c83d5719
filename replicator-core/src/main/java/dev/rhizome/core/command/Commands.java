package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.disk.DiskSupervisor;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.resize.Resize;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The operator's commands, one after the other; each is a procedure that ends with an answer. */
public final class Commands {
    private static final int MAX_WAITING = 16;

    /** Nobody has given the command: the node does it by itself. */
    private static final long OWN = -1;

    private static final ResizeRequest NO_RESIZE = new ResizeRequest(0, false);

    private record Waiting(long token, CommandKind kind, ResizeRequest resize) {}

    private final Node node;
    private final ClientRequests clientRequests;
    private final SyncSource syncSource;
    private final LeftClients leftClients;
    private final Promotion promotion;
    private final Demotion demotion;
    private final Shutdown shutdown;
    private final Tentative tentative;
    private final Connecting connecting;
    private final DiskCommands disk;
    private final Pausing pausing;
    private final Invalidation invalidation;
    private final NewGeneration newGeneration;
    private final CopyConsent copyConsent;
    private final Resizing resizing;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(MAX_WAITING);
    private @Nullable Procedure current;
    private long currentToken;
    private boolean currentIsOwn;
    private boolean ending;
    private boolean peerAsks;
    private long peersQuestion;
    private String whyGivesWay = "";

    /**
     * @param node what the parts share
     * @param clientRequests drained by a demotion
     * @param syncSource started by a forced promotion beside a blank peer
     * @param resize led by the command of that name
     * @param supervisor watches the disk that is let go or attached
     * @param quiet whether no I/O of an earlier link is under way
     */
    public Commands(
            Node node,
            ClientRequests clientRequests,
            SyncSource syncSource,
            Resize resize,
            DiskSupervisor supervisor,
            Quiet quiet) {
        this.resizing = new Resizing(node, resize);
        this.node = node;
        this.clientRequests = clientRequests;
        this.syncSource = syncSource;
        this.leftClients = new LeftClients(node);
        this.promotion = new Promotion(node, clientRequests, syncSource, quiet, leftClients);
        this.demotion = new Demotion(node, clientRequests);
        this.shutdown = new Shutdown(node, demotion, quiet);
        this.tentative = new Tentative(node, this::answer);
        this.connecting = new Connecting(node, tentative);
        this.disk = new DiskCommands(node, supervisor, this::answer);
        this.pausing = new Pausing(node.pause());
        this.invalidation = new Invalidation(node, clientRequests, syncSource, quiet);
        this.newGeneration = new NewGeneration(node);
        this.copyConsent = new CopyConsent(node, clientRequests, syncSource);
    }

    /** Whether all I/O of earlier links has ended (INV-13). */
    public interface Quiet {
        /** Whether it has. */
        boolean now();
    }

    /** A command has been given. */
    public void onCommand(long token, CommandKind kind) {
        onCommand(token, kind, NO_RESIZE);
    }

    /** The command to resize has been given. */
    public void onResize(long token, ResizeRequest request) {
        onCommand(token, CommandKind.RESIZE, request);
    }

    private void onCommand(long token, CommandKind kind, ResizeRequest request) {
        if (ending) {
            answer(token, Outcome.refused("shut-down", "this node is, or is being, shut down"));
            return;
        }
        switch (kind) {
            // The way out of whatever another command waits for must not wait behind it.
            case CONNECT -> answer(token, connecting.connect());
            case CONNECT_DISCARD_MY_DATA -> answer(token, connecting.discardingMyData());
            case CONNECT_TENTATIVE -> connecting.tentatively(token);
            case DISCONNECT -> answer(token, disconnect());
            case DETACH -> disk.detach(token, false);
            case DETACH_FORCE -> disk.detach(token, true);
            case PAUSE_SYNC -> answer(token, pausing.pause());
            case RESUME_SYNC -> answer(token, pausing.resume());
            case SUSPEND_IO -> answer(token, WritePermission.suspend(node));
            case RESUME_IO -> answer(token, WritePermission.resume(node));
            case OUTDATE -> answer(token, WritePermission.outdate(node));
            case SHUTDOWN -> {
                ending = true;
                giveUpAll();
                waiting.add(new Waiting(token, kind, request));
            }
            case PROMOTE,
                    PROMOTE_FORCE,
                    DEMOTE,
                    DEMOTE_FORCE,
                    INVALIDATE,
                    INVALIDATE_REMOTE,
                    NEW_GENERATION,
                    RESIZE ->
                    enqueue(new Waiting(token, kind, request));
        }
    }

    /** Only what waits is too much: the way out of that never is. */
    private void enqueue(Waiting next) {
        if (waiting.size() >= MAX_WAITING) {
            answer(
                    next.token(),
                    Outcome.refused("too-many-commands", "too many commands are waiting"));
        } else {
            waiting.add(next);
        }
    }

    /** A disk is to be attached; whether it is: if not, the caller closes it again. */
    public boolean onAttach(long token, AttachedMetadata found) {
        Outcome outcome =
                ending || current != null || node.tentative()
                        ? Outcome.refused("busy", "another command is under way: try again")
                        : disk.attach(found);
        answer(token, outcome);
        return outcome.accepted();
    }

    /** A shutdown does not wait for others; what it needs of a demotion it does itself. */
    private void giveUpAll() {
        String reason = "this node is being shut down";
        tentative.abandon(reason);
        disk.abandon(Outcome.refused("shut-down", reason));
        node.givingWay(false);
        copyConsent.abandon();
        if (node.suspension().active()) {
            clientRequests.failWhatWaits();
        }
        resizing.abandon();
        if (current == promotion) {
            answer(currentToken, promotion.abandon("shut-down", reason));
        } else if (current == invalidation) {
            answer(currentToken, invalidation.abandon("shut-down", reason));
        } else if (current == newGeneration) {
            answer(currentToken, newGeneration.abandon("shut-down", reason));
        } else if (current != null && !currentIsOwn) {
            answer(currentToken, Outcome.refused("shut-down", reason));
        }
        current = null;
        for (Waiting other : waiting) {
            answer(other.token(), Outcome.refused("shut-down", reason));
        }
        waiting.clear();
    }

    /** Whether a promotion waits for the peer's consent. */
    public boolean awaitsConsent() {
        return promotion.awaitsConsent();
    }

    /** Moves the current command on, and starts the next. */
    public void progress() {
        disk.progress();
        answerPeersQuestion();
        copyConsent.progress();
        newGeneration.progressOfPeer();
        followFencing();
        while (current != null || node.givingWay() || !waiting.isEmpty()) {
            if (current == null) {
                startNext();
                continue;
            }
            Outcome outcome = current.progress();
            if (outcome == null) {
                return;
            }
            current = null;
            if (currentIsOwn) {
                gaveWay(outcome);
            } else {
                answer(currentToken, outcome);
            }
        }
        leftClients.progress();
    }

    /** What fencing has come to may end this node's time as a Primary, or begin it. */
    private void followFencing() {
        if (ending && node.suspension().active()) {
            clientRequests.failWhatWaits();
        }
        if (node.fencing().outdone() && !node.givingWay()) {
            giveWay(node.fencing().problem());
        }
        boolean idle = current == null && waiting.isEmpty() && !node.givingWay() && !ending;
        if (idle && !node.tentative() && node.fencing().takesOver()) {
            waiting.add(new Waiting(OWN, CommandKind.PROMOTE, NO_RESIZE));
        }
    }

    /** What the handshake asks of this node goes before what operators wait for. */
    private void startNext() {
        currentIsOwn = node.givingWay();
        if (currentIsOwn) {
            current = demotion.giveWay(whyGivesWay);
        } else {
            start(waiting.remove());
        }
    }

    /**
     * The peer's data counts: this Primary is demoted, and then connects again. No link comes up
     * meanwhile: a handshake would hold the requests that the demotion waits for.
     */
    public void giveWay(String reason) {
        whyGivesWay = reason;
        node.givingWay(true);
        clientRequests.failWhatWaits();
        node.effects().wantLink(false);
    }

    private void gaveWay(Outcome outcome) {
        node.givingWay(false);
        node.effects().event("gave-way", outcome.reason() + ", because: " + whyGivesWay);
        if (!node.leaving()) {
            node.effects().wantLink(true);
        }
    }

    private void start(Waiting next) {
        currentToken = next.token();
        switch (next.kind()) {
            case PROMOTE -> current = promotion.begin(false);
            case PROMOTE_FORCE -> current = promotion.begin(true);
            case DEMOTE -> demote(false);
            case DEMOTE_FORCE -> demote(true);
            case INVALIDATE -> current = invalidation.begin(CopyWish.TO_ME);
            case INVALIDATE_REMOTE -> current = invalidation.begin(CopyWish.TO_YOU);
            case NEW_GENERATION -> current = newGeneration.begin();
            case RESIZE -> current = resizing.begin(next.resize());
            case SHUTDOWN -> current = shutdown.begin();
            case CONNECT,
                    CONNECT_DISCARD_MY_DATA,
                    CONNECT_TENTATIVE,
                    DISCONNECT,
                    DETACH,
                    DETACH_FORCE,
                    PAUSE_SYNC,
                    RESUME_SYNC,
                    SUSPEND_IO,
                    RESUME_IO,
                    OUTDATE ->
                    throw new IllegalStateException("done at once");
        }
    }

    /** What waits would have to end first, and does not: unless it may fail. */
    private void demote(boolean force) {
        boolean waits = node.primary() && node.suspension().active();
        if (waits && !force) {
            String ways = "; then demote, or demote with --force, which fails what waits";
            answer(
                    currentToken,
                    Outcome.refused("io-suspended", node.suspension().meaning() + ways));
            return;
        }
        if (waits) {
            clientRequests.failWhatWaits();
        }
        current = demotion.begin();
    }

    private void answer(long token, Outcome outcome) {
        if (token == OWN) {
            node.effects().event("takeover", outcome.rule() + ": " + outcome.reason());
            return;
        }
        node.effects().commandDone(token, outcome.accepted(), outcome.rule(), outcome.reason());
    }

    private Outcome disconnect() {
        if (node.primary() && !node.state().diskAttached()) {
            return Outcome.refused(
                    "no-up-to-date-data-without-peer",
                    "this Primary has no disk and serves the peer's data: it would lose it");
        }
        tentative.abandon("disconnected by command");
        node.discardMyData(false);
        leave(node, "disconnected by command");
        return Outcome.done("disconnect", "left the peer; 'connect' ends that");
    }

    /** Leaves the peer with a reason and does not come back by itself. */
    static void leave(Node node, String reason) {
        boolean linked =
                node.state().connection() == ConnectionState.CONNECTED
                        || node.state().connection() == ConnectionState.NEGOTIATING;
        node.effects().wantLink(false);
        if (linked) {
            node.sendControl(
                    FrameType.GOODBYE, 0, 0, HelloCodec.encodeText(reason, node.control()));
            node.closeLink(reason);
        }
        node.leaving(true);
        node.state().connectionReason(reason);
        if (!linked) {
            node.state().connection(ConnectionState.STAND_ALONE, "disconnect", reason);
        }
    }

    /** The peer wants to become Primary. */
    public void onPromoteRequest(long id) {
        peersQuestion = id;
        peerAsks = true;
        answerPeersQuestion();
    }

    /** The peer hears of a repair first, so that it knows what it becomes Primary on. */
    private void answerPeersQuestion() {
        if (!peerAsks || syncSource.announcesRepair()) {
            return;
        }
        peerAsks = false;
        long id = peersQuestion;
        String refusal =
                resizing.underWay()
                        ? "the volume is being resized: wait for that"
                        : promotion.refusalForPeer();
        ByteBuffer text = HelloCodec.encodeText(refusal == null ? "" : refusal, node.control());
        node.sendControl(FrameType.PROMOTE_REPLY, id, refusal == null ? 0 : 1, text);
    }

    /** The peer's answer to our wish to become Primary. */
    public void onPromoteReply(long id, boolean granted, ByteBuffer body) {
        promotion.onReply(id, granted, HelloCodec.decodeText(body));
    }

    /** The peer wants one node's data copied anew. */
    public void onCopyRequest(long id, long wish) {
        copyConsent.onRequest(id, wish, busy());
    }

    /** The peer wants two blank disks to count as the same, or has made that durable. */
    public void onNewGeneration(long id, long generation) {
        newGeneration.onPeer(id, generation, busy());
    }

    /** The peer's answer to either. */
    public void onCopyReply(long id, boolean granted, ByteBuffer body) {
        String reason = HelloCodec.decodeText(body);
        invalidation.onReply(id, granted, reason);
        newGeneration.onReply(id, granted, reason);
    }

    private boolean busy() {
        return current != null || ending || node.givingWay();
    }

    /** The clients of before are gone; or why some are left. */
    public void onClientsDismissed(String problem) {
        leftClients.onDismissed(problem);
    }

    /** The flush of a shutdown, or of a Primary that gives way, has ended. */
    public void onDiskDone(long token, IoStatus status) {
        if (Tokens.slot(token) == Demotion.FLUSH_SLOT) {
            demotion.onDiskDone(status);
        } else {
            shutdown.onDiskDone(status);
        }
    }

    /** A link has come up. */
    public void onLinkUp() {
        tentative.onLinkUp();
    }

    /** The link is gone. */
    public void onLinkDown(String reason) {
        peerAsks = false;
        promotion.onLinkDown();
        invalidation.onLinkDown();
        newGeneration.onLinkDown();
        copyConsent.abandon();
        resizing.onLinkDown(reason);
        tentative.onLinkDown(reason);
    }

    /** An attempt to reach the peer has failed. */
    public void onAttemptFailed(String reason) {
        tentative.onAttemptFailed(reason);
    }

    /** A handshake that was only to tell has told. */
    public void onForecast(String forecast) {
        tentative.onForecast(forecast);
    }

    /** Time has passed. */
    public void tick() {
        tentative.tick();
    }

    /** When {@link #tick} has something to do next; Long.MAX_VALUE if never. */
    public long deadlineNs() {
        return Math.min(tentative.deadlineNs(), disk.deadlineNs());
    }
}
