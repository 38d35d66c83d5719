package dev.rhizome.core;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two engines whose disks always succeed, at once, and a link that is up when the test says so and
 * both want it. For what the nodes say and remember, not for their data.
 */
public final class TestPair {
    /** How long a node waits for the other. */
    public static final long REQUEST_TIMEOUT_NS = 3_000_000_000L;

    private static final long VOLUME_BYTES = 1 << 20;

    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    private final Node a;
    private final Node b;
    private long nowNs = 1;
    private boolean linked;
    private @Nullable FrameType cutBefore;

    /** The answer to a command. */
    public record Answer(boolean accepted, String rule, String reason) {}

    private record Bytes(int sizeBytes) implements Payload {
        @Override
        public boolean allZero() {
            return true;
        }

        @Override
        public void digests(int blockBytes, ByteBuffer into) {
            into.position(
                    into.position()
                            + (sizeBytes + blockBytes - 1) / blockBytes * Limits.DIGEST_BYTES);
        }

        @Override
        public void retain() {}

        @Override
        public void release() {}
    }

    /** One of the two. */
    public final class Node extends QuietEffects implements Completion {
        private final List<String> events = new ArrayList<>();
        private final Replica replica;
        private @Nullable Node peer;
        private @Nullable Answer answer;
        private boolean wanted;
        private long deadlineNs = Long.MAX_VALUE;

        Node(String name, String peerName, long seed, ConflictPolicies policies) {
            ReplicaConfig config =
                    new ReplicaConfig(
                            "r0",
                            name,
                            peerName,
                            VOLUME_BYTES,
                            4096,
                            1_000_000_000,
                            REQUEST_TIMEOUT_NS,
                            policies,
                            Tuning.defaults());
            long[] next = {seed};
            AttachedMetadata created =
                    AttachedMetadata.created("r0", MetadataLayout.external(VOLUME_BYTES));
            replica = new Replica(config, this, Bytes::new, () -> next[0]++, created);
        }

        /** The engine. */
        public Replica replica() {
            return replica;
        }

        /** All that it has told. */
        public List<String> events() {
            return events;
        }

        /** Whether the link is wanted. */
        public boolean wantsLink() {
            return wanted;
        }

        /** Gives a command and lets everything happen; the answer, if there is one yet. */
        public @Nullable Answer command(CommandKind kind) {
            answer = null;
            replica.command(nowNs, 1, kind);
            run();
            return answer;
        }

        /** The answer that has come since the last command. */
        public @Nullable Answer answer() {
            return answer;
        }

        /** Writes one block. */
        public void write() {
            replica.submit(nowNs, Operation.WRITE, false, 0, 4096, new Bytes(4096), this, 1);
            run();
        }

        /** An attempt to reach the peer fails. */
        public void attemptFails(String reason) {
            replica.linkAttemptFailed(nowNs, reason);
            run();
        }

        private void later(Runnable input) {
            work.add(input);
        }

        @Override
        public void dismissClients() {
            later(() -> replica.clientsDismissed(nowNs, ""));
        }

        @Override
        public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {
            later(() -> replica.diskDone(nowNs, token, IoStatus.OK));
        }

        @Override
        public void diskWrite(
                long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
            later(() -> replica.diskDone(nowNs, token, IoStatus.OK));
        }

        @Override
        public void diskFlush(long token) {
            later(() -> replica.diskDone(nowNs, token, IoStatus.OK));
        }

        @Override
        public void diskTrim(long token, long offsetBytes, long lengthBytes) {
            later(() -> replica.diskDone(nowNs, token, IoStatus.OK));
        }

        @Override
        public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
            later(() -> replica.metadataDone(nowNs, token, true));
        }

        @Override
        public void send(FrameHeader header, @Nullable Payload payload) {
            arrive(header, null, payload);
        }

        @Override
        public void sendControl(FrameHeader header, ByteBuffer body) {
            ByteBuffer copy = ByteBuffer.allocate(body.remaining());
            arrive(header, copy.put(body).flip(), null);
        }

        private void arrive(
                FrameHeader header, @Nullable ByteBuffer body, @Nullable Payload payload) {
            if (header.type() == cutBefore) {
                cutBefore = null;
                later(TestPair.this::down);
                return;
            }
            FrameHeader copy = new FrameHeader();
            copy.copyFrom(header);
            Node target = Invariant.present(peer, "test", "joined");
            later(
                    () -> {
                        if (linked) {
                            target.replica.frame(nowNs, copy, body, payload);
                        }
                    });
        }

        @Override
        public void closeLink(String reason) {
            later(TestPair.this::down);
        }

        @Override
        public void wantLink(boolean value) {
            wanted = value;
        }

        @Override
        public void deadline(long atNs) {
            deadlineNs = atNs;
        }

        @Override
        public void commandDone(long token, boolean accepted, String rule, String reason) {
            answer = new Answer(accepted, rule, reason);
        }

        @Override
        public void prepareTarget(long token, boolean keep, boolean whole) {}

        @Override
        public long wallClockMs() {
            return 0;
        }

        @Override
        public void event(String rule, String reason) {
            events.add(rule + ": " + reason);
        }

        @Override
        public void complete(
                Completion completion, long token, IoStatus status, @Nullable Payload payload) {
            Invariant.check(status == IoStatus.OK, "test", "a good answer, not " + status);
        }

        @Override
        public void complete(long token, IoStatus status, @Nullable Payload payload) {}
    }

    /** Two nodes with blank disks, not linked yet. */
    public TestPair(ConflictPolicies policies) {
        this(policies, policies);
    }

    /** The same, with a policy each. */
    public TestPair(ConflictPolicies ofA, ConflictPolicies ofB) {
        a = new Node("a", "b", 1000, ofA);
        b = new Node("b", "a", 2000, ofB);
        a.peer = b;
        b.peer = a;
        a.replica.start(nowNs);
        b.replica.start(nowNs);
        run();
    }

    /** A pair in step; a is Primary, and b has its data. */
    public static TestPair inStep(ConflictPolicies policies) {
        TestPair pair = new TestPair(policies);
        pair.link();
        pair.a.command(CommandKind.PROMOTE_FORCE);
        pair.a.write();
        return pair;
    }

    /** The node whose name sorts first. */
    public Node a() {
        return a;
    }

    /** The other one. */
    public Node b() {
        return b;
    }

    /** The link comes up if both want it; everything that follows happens. */
    public void link() {
        if (a.wanted && b.wanted && !linked) {
            linked = true;
            a.replica.linkUp(nowNs);
            b.replica.linkUp(nowNs);
        }
        run();
    }

    /** Links as often as a patient connector would, until nothing changes any more. */
    public void relink() {
        for (int i = 0; i < 5; i++) {
            link();
        }
    }

    /** The link breaks. */
    public void cut() {
        down();
        run();
    }

    /** The link breaks as soon as one of them sends such a frame. */
    public void cutBefore(FrameType type) {
        cutBefore = type;
    }

    private void down() {
        if (linked) {
            linked = false;
            a.replica.linkDown(nowNs, "the link broke");
            b.replica.linkDown(nowNs, "the link broke");
        }
    }

    /** Both nodes are told that it is so much later. */
    public void later(long ns) {
        nowNs += ns;
        for (Node node : List.of(a, b)) {
            if (node.deadlineNs <= nowNs) {
                node.deadlineNs = Long.MAX_VALUE;
                node.replica.tick(nowNs);
            }
        }
        run();
    }

    private void run() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }
}
