package dev.rhizome.benchmarks;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Replica;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.Tuning;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.wire.FrameHeader;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The thinnest shell: effects go into fixed rings, and come back as inputs without any I/O. */
final class EngineShell implements Effects {
    private static final int CAPACITY = 16 * 1024;
    private static final long VOLUME_BYTES = 16L << 20;
    private static final int NO_BODY = -1;

    private final Replica replica;
    private final long[] diskTokens = new long[CAPACITY];
    private final boolean[] diskIsMetadata = new boolean[CAPACITY];
    private int diskFirst;
    private boolean dismissing;
    private int diskSize;

    private final ByteBuffer frames = ByteBuffer.allocateDirect(CAPACITY * FrameHeader.BYTES);
    private final @Nullable Payload[] framePayloads = new Payload[CAPACITY];
    private final int[] frameBodies = new int[CAPACITY];
    private final ByteBuffer[] bodies = new ByteBuffer[CAPACITY];
    private int frameFirst;
    private int frameSize;
    private final FrameHeader received = new FrameHeader();

    private final @Nullable Completion[] completions = new Completion[CAPACITY];
    private final long[] completionTokens = new long[CAPACITY];
    private final IoStatus[] completionStatuses = new IoStatus[CAPACITY];
    private int completionFirst;
    private int completionSize;

    EngineShell(String node, String peer) {
        SplittableRandom random = new SplittableRandom(node.hashCode());
        ReplicaConfig config =
                new ReplicaConfig(
                        "r0",
                        node,
                        peer,
                        VOLUME_BYTES,
                        4096,
                        Long.MAX_VALUE / 8,
                        Long.MAX_VALUE / 8,
                        ConflictPolicies.DISCONNECT,
                        Tuning.defaults());
        replica =
                new Replica(
                        config,
                        this,
                        ZeroPayload::new,
                        random::nextLong,
                        AttachedMetadata.created("r0", MetadataLayout.external(VOLUME_BYTES)));
    }

    Replica replica() {
        return replica;
    }

    int deliverDisk(long nowNs) {
        int before = diskSize;
        if (dismissing) {
            dismissing = false;
            before++;
            replica.clientsDismissed(nowNs, "");
        }
        while (diskSize > 0) {
            long token = diskTokens[diskFirst];
            boolean metadata = diskIsMetadata[diskFirst];
            diskFirst = (diskFirst + 1) % CAPACITY;
            diskSize--;
            if (metadata) {
                replica.metadataDone(nowNs, token, true);
            } else {
                replica.diskDone(nowNs, token, IoStatus.OK);
            }
        }
        return before;
    }

    int deliverFrames(EngineShell to, long nowNs) {
        int before = frameSize;
        while (frameSize > 0) {
            int at = frameFirst;
            frames.position(at * FrameHeader.BYTES);
            String problem = received.decode(frames);
            if (problem != null) {
                throw new IllegalStateException(problem);
            }
            frameFirst = (frameFirst + 1) % CAPACITY;
            frameSize--;
            to.replica.frame(
                    nowNs,
                    received,
                    frameBodies[at] == NO_BODY ? null : bodies[at],
                    framePayloads[at]);
        }
        return before;
    }

    int deliverCompletions() {
        int before = completionSize;
        while (completionSize > 0) {
            int at = completionFirst;
            completionFirst = (completionFirst + 1) % CAPACITY;
            completionSize--;
            Completion completion = completions[at];
            if (completion != null) {
                completion.complete(completionTokens[at], completionStatuses[at], null);
            }
        }
        return before;
    }

    private void disk(long token, boolean metadata) {
        int at = (diskFirst + diskSize) % CAPACITY;
        diskTokens[at] = token;
        diskIsMetadata[at] = metadata;
        diskSize++;
    }

    private int frame(FrameHeader header, @Nullable Payload payload) {
        int at = (frameFirst + frameSize) % CAPACITY;
        frames.position(at * FrameHeader.BYTES);
        header.encode(frames);
        framePayloads[at] = payload;
        frameBodies[at] = NO_BODY;
        frameSize++;
        return at;
    }

    @Override
    public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {
        disk(token, false);
    }

    @Override
    public void diskWrite(
            long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        disk(token, false);
    }

    @Override
    public void diskFlush(long token) {
        disk(token, false);
    }

    @Override
    public void diskTrim(long token, long offsetBytes, long lengthBytes) {
        disk(token, false);
    }

    @Override
    public void diskZero(long token, long offsetBytes, long lengthBytes) {
        disk(token, false);
    }

    @Override
    public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
        disk(token, true);
    }

    @Override
    public void send(FrameHeader header, @Nullable Payload payload) {
        frame(header, payload);
    }

    @Override
    public void sendControl(FrameHeader header, ByteBuffer body) {
        int at = frame(header, null);
        frameBodies[at] = body.remaining();
        bodies[at] = ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
    }

    @Override
    public void complete(
            Completion completion, long token, IoStatus status, @Nullable Payload payload) {
        int at = (completionFirst + completionSize) % CAPACITY;
        completions[at] = completion;
        completionTokens[at] = token;
        completionStatuses[at] = status;
        completionSize++;
    }

    @Override
    public void closeLink(String reason) {
        throw new IllegalStateException(reason);
    }

    @Override
    public void wantLink(boolean wanted) {}

    @Override
    public void serve(boolean serving, boolean continued) {}

    @Override
    public void dismissClients() {
        dismissing = true;
    }

    @Override
    public void growDisk(
            long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {}

    @Override
    public void resized(long volumeBytes) {}

    @Override
    public void commandDone(long token, boolean accepted, String rule, String reason) {
        if (!accepted) {
            throw new IllegalStateException(reason);
        }
    }

    @Override
    public void prepareTarget(long token, boolean keep, boolean whole) {}

    @Override
    public long wallClockMs() {
        return 0;
    }

    @Override
    public void event(String rule, String reason) {}

    @Override
    public void deadline(long atNs) {}

    @Override
    public void releaseDisk() {}

    @Override
    public void fencePeer(long token, long generation) {}

    @Override
    public void unfencePeer(long token) {}

    @Override
    public void callHandler(Handler handler) {}

    @Override
    public void closed() {}

    /** A block of the initial sync: an empty disk. */
    private record ZeroPayload(int sizeBytes) implements Payload {
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
}
