package dev.rhizome.core.resize;

import dev.rhizome.core.Node;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;

/**
 * How two nodes come to a larger volume. One of them is told to by an operator, and leads: both
 * find out how large they could be, both make their disks ready, and then both record the size, a
 * Primary last, which only then serves it. So whatever ends this on the way, no client has used
 * what only one node has, and the next handshake has the one that is behind grow first.
 */
public final class Resize {

    /** The steps on the wire, in RESIZE's offset field. */
    private static final int SURVEY = 0;

    private static final int PREPARE = 1;
    private static final int RECORD = 2;

    /** The one that leads has ended, well or not; not answered. */
    private static final int END = 3;

    private final Node node;
    private final Growth growth;
    private boolean leads;

    // As the one that is led.
    private boolean led;
    private boolean answerDue;
    private long question;

    // As the one that leads.
    private long asked;
    private boolean replied;
    private long replyBytes;
    private String replyProblem = "";

    // After a handshake that found this node behind.
    private long catchUpBytes;
    private boolean catchingUp;
    private boolean catchUpBegun;

    /**
     * @param node what the parts share
     * @param clientRequests held while the size is recorded
     */
    public Resize(Node node, ClientRequests clientRequests) {
        this.node = node;
        growth = new Growth(node, clientRequests);
    }

    /** This node's own side. */
    public Growth growth() {
        return growth;
    }

    // ---- as the one that leads

    /** An operator's command begins or ends. */
    public void leads(boolean value) {
        leads = value;
        noteUnderWay();
        if (value) {
            growth.begin();
            return;
        }
        if (node.state().connection() == ConnectionState.CONNECTED) {
            ask(END, 0, false);
        }
        if (!led && !catchingUp) {
            growth.abandon();
        }
    }

    private void noteUnderWay() {
        node.size().resizing(leads || led || catchingUp);
    }

    /** Whether another resize is under way here. */
    public boolean taken() {
        return leads || led || catchingUp || growth.busy();
    }

    /** Asks the peer how large its volume could be. */
    public void askSurvey() {
        ask(SURVEY, 0, false);
    }

    /** Has the peer make its disk ready. */
    public void askPrepare(long newBytes, boolean zero) {
        ask(PREPARE, newBytes, zero);
    }

    /** Has the peer record the size. */
    public void askRecord(long newBytes) {
        ask(RECORD, newBytes, false);
    }

    private void ask(int step, long bytes, boolean zero) {
        asked++;
        replied = false;
        replyProblem = "";
        node.send(FrameType.RESIZE, false, asked, step, zero ? 1 : 0, bytes, null);
    }

    /** Whether the peer has answered what it was asked last. */
    public boolean replied() {
        return replied;
    }

    /** How large the peer's volume could be, or is. */
    public long replyBytes() {
        return replyBytes;
    }

    /** Why the peer could not; empty if it could. */
    public String replyProblem() {
        return replyProblem;
    }

    /** The peer has answered. */
    public void onReply(FrameHeader header, ByteBuffer body) {
        if (leads && header.id() == asked && !replied) {
            replied = true;
            replyBytes = header.argument();
            replyProblem = HelloCodec.decodeText(body);
        }
    }

    // ---- as the one that is led

    /** The peer leads: it asks for a step. */
    public void onRequest(FrameHeader header) {
        if (header.offsetBytes() == END) {
            onLinkDown();
            return;
        }
        question = header.id();
        boolean first = header.offsetBytes() == SURVEY;
        String refusal = refusal(first);
        if (!refusal.isEmpty()) {
            reply(refusal);
            return;
        }
        answerDue = true;
        if (first) {
            led = true;
            noteUnderWay();
            growth.begin();
        } else if (header.offsetBytes() == PREPARE) {
            growth.prepare(header.argument(), header.lengthBytes() != 0);
        } else {
            growth.record(header.argument());
        }
    }

    private String refusal(boolean first) {
        if (!first) {
            return led ? "" : "no resize is under way there";
        }
        if (!node.replicationEstablished()) {
            return "something is being copied: wait for that";
        }
        return taken() ? "a resize is under way there already: wait for it" : "";
    }

    private void answerIfDone() {
        boolean failed = !growth.problem().isEmpty();
        if (answerDue && (failed || growth.surveyed() || growth.prepared() || growth.recorded())) {
            answerDue = false;
            reply(growth.problem());
        }
    }

    private void reply(String problem) {
        boolean counts = growth.surveyed() && problem.isEmpty();
        long bytes = counts ? growth.capacityBytes() : node.size().volumeBytes();
        ByteBuffer text = HelloCodec.encodeText(problem, node.control());
        node.sendControl(FrameType.RESIZE_REPLY, question, bytes, text);
    }

    // ---- after a handshake

    /**
     * The peer has recorded a size that this node has not. This one's disk is ready for it: both
     * disks are before either records it.
     */
    public void catchUp(long newBytes) {
        if (!catchingUp) {
            catchingUp = true;
            noteUnderWay();
            catchUpBegun = false;
            catchUpBytes = newBytes;
            node.effects().wantLink(false);
        }
    }

    /** Whether this node grows alone, and its peer waits. */
    public boolean catchingUp() {
        return catchingUp;
    }

    private void progressCatchUp() {
        if (!catchUpBegun && !growth.busy()) {
            catchUpBegun = true;
            growth.begin();
        } else if (growth.surveyed()) {
            growth.prepare(catchUpBytes, false);
        } else if (growth.prepared()) {
            growth.record(catchUpBytes);
        }
        boolean failed = catchUpBegun && !growth.problem().isEmpty();
        if (failed || node.size().volumeBytes() >= catchUpBytes) {
            catchingUp = false;
            noteUnderWay();
            if (failed) {
                node.effects().event("resize-failed", growth.problem());
            }
            if (!node.leaving() && !node.isEnding()) {
                node.effects().wantLink(true);
            }
        }
    }

    // ---- inputs

    /** A step of the disk has ended. */
    public void onDisk(long token, DiskGrowth result) {
        growth.onDisk(token, result);
    }

    /** The link is gone, or who leads has ended: what was agreed counts no more. */
    public void onLinkDown() {
        if (led) {
            led = false;
            noteUnderWay();
            answerDue = false;
            growth.abandon();
        }
    }

    /**
     * Goes as far as it can.
     *
     * @return whether something has become possible by it for others
     */
    public boolean progress() {
        long before = growth.moves();
        growth.progress();
        if (led) {
            answerIfDone();
        }
        if (catchingUp) {
            progressCatchUp();
        }
        return growth.moves() != before;
    }
}
