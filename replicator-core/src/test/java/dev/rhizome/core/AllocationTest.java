package dev.rhizome.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.generation.GenerationSource;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameHeader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** After warm-up, mirrored writes allocate nothing in the engine, on either node. */
class AllocationTest {
    private static final long VOLUME_BYTES = 1 << 20;
    private static final int DEPTH = 16;
    private static final int WRITES = 200_000;

    /** Has a size and nothing else. */
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

    /** What the shells have to do, in order, without allocation. */
    private static final class Work {
        private static final int CAPACITY = 4096;

        final Node[] nodes = new Node[CAPACITY];
        final long[] tokens = new long[CAPACITY];
        final FrameHeader[] headers = new FrameHeader[CAPACITY];
        final @Nullable Payload[] payloads = new @Nullable Payload[CAPACITY];
        final @Nullable ByteBuffer[] bodies = new @Nullable ByteBuffer[CAPACITY];
        final Kind[] kinds = new Kind[CAPACITY];
        int first;
        int size;

        Work() {
            for (int i = 0; i < CAPACITY; i++) {
                headers[i] = new FrameHeader();
            }
        }

        int add(Node node, Kind kind, long token) {
            Invariant.check(size < CAPACITY, "test", "room");
            int at = (first + size++) % CAPACITY;
            nodes[at] = node;
            kinds[at] = kind;
            tokens[at] = token;
            return at;
        }

        void run() {
            while (size > 0) {
                int at = first;
                first = (first + 1) % CAPACITY;
                size--;
                Replica replica = nodes[at].replica();
                switch (kinds[at]) {
                    case DISK -> replica.diskDone(1, tokens[at], IoStatus.OK);
                    case METADATA -> replica.metadataDone(1, tokens[at], true);
                    case DISMISSAL -> replica.clientsDismissed(1, "");
                    case FRAME -> replica.frame(1, headers[at], bodies[at], payloads[at]);
                }
            }
        }
    }

    private enum Kind {
        DISK,
        METADATA,
        DISMISSAL,
        FRAME
    }

    private static final class Node extends QuietEffects implements Completion {
        private final Work work;
        private @Nullable Node peer;
        private @Nullable Replica replica;
        long completed;

        Node(Work work) {
            this.work = work;
        }

        Replica replica() {
            return Invariant.present(replica, "test", "started");
        }

        void start(String name, String peerName, long seed) {
            ReplicaConfig config =
                    new ReplicaConfig(
                            "data",
                            name,
                            peerName,
                            VOLUME_BYTES,
                            4096,
                            1_000_000_000,
                            1_000_000_000,
                            ConflictPolicies.DISCONNECT,
                            Tuning.defaults());
            long[] next = {seed};
            GenerationSource source = () -> next[0]++;
            AttachedMetadata created =
                    AttachedMetadata.created("data", MetadataLayout.external(VOLUME_BYTES));
            replica = new Replica(config, this, Bytes::new, source, created);
            replica.start(0);
        }

        @Override
        public void dismissClients() {
            work.add(this, Kind.DISMISSAL, 0);
        }

        @Override
        public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {
            work.add(this, Kind.DISK, token);
        }

        @Override
        public void diskWrite(
                long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
            work.add(this, Kind.DISK, token);
        }

        @Override
        public void diskFlush(long token) {
            work.add(this, Kind.DISK, token);
        }

        @Override
        public void diskTrim(long token, long offsetBytes, long lengthBytes) {
            work.add(this, Kind.DISK, token);
        }

        @Override
        public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
            work.add(this, Kind.METADATA, token);
        }

        @Override
        public void send(FrameHeader header, @Nullable Payload payload) {
            int at = frame(header);
            work.payloads[at] = payload;
            work.bodies[at] = null;
        }

        @Override
        public void sendControl(FrameHeader header, ByteBuffer body) {
            int at = frame(header);
            work.payloads[at] = null;
            ByteBuffer copy = ByteBuffer.allocate(body.remaining());
            work.bodies[at] = copy.put(body).flip();
        }

        private int frame(FrameHeader header) {
            Node target = Invariant.present(peer, "test", "joined");
            int at = work.add(target, Kind.FRAME, 0);
            work.headers[at].copyFrom(header);
            return at;
        }

        @Override
        public void complete(
                Completion completion, long token, IoStatus status, @Nullable Payload payload) {
            Invariant.check(status == IoStatus.OK, "test", "a good answer");
            completed++;
        }

        @Override
        public void complete(long token, IoStatus status, @Nullable Payload payload) {}
    }

    @Test
    void mirroredWritesAllocateNothing() {
        Work work = new Work();
        Node a = new Node(work);
        Node b = new Node(work);
        a.peer = b;
        b.peer = a;
        a.start("a", "b", 1000);
        b.start("b", "a", 2000);
        a.replica().linkUp(1);
        b.replica().linkUp(1);
        work.run();
        a.replica().command(1, 1, CommandKind.PROMOTE_FORCE);
        work.run();
        assertThat(a.replica().state().peerUpToDate()).isTrue();
        assertThat(b.replica().state().replication()).isEqualTo(ReplicationState.ESTABLISHED);

        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        write(a, WRITES);
        threads.getCurrentThreadAllocatedBytes();
        long before = threads.getCurrentThreadAllocatedBytes();
        write(a, WRITES);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(a.completed).isEqualTo(2L * WRITES);
        assertThat(allocated)
                .as("bytes allocated for %d mirrored writes", WRITES)
                .isLessThan(WRITES);
    }

    /** Some at a time; every fourth overlaps another, so that the range lock's queue is used. */
    private static void write(Node primary, int writes) {
        Payload payload = new Bytes(4096);
        for (int done = 0; done < writes; done += DEPTH) {
            for (int i = 0; i < DEPTH; i++) {
                long block = i % 4 == 3 ? i - 1 : i;
                primary.replica()
                        .submit(
                                1,
                                Operation.WRITE,
                                i % 8 == 0,
                                block * 4096,
                                4096,
                                payload,
                                primary,
                                i);
            }
            primary.work.run();
        }
    }
}
