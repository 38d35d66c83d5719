package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a node's engine wants of its disk, with the bugs that are planted there. */
final class DiskEffects {
    private final SimNode node;
    private final SimDisk disk;
    private final Scheduler scheduler;
    private final int sectorBytes;
    private final List<Long> reportedEarly = new ArrayList<>();
    private final List<Long> pendingTokens = new ArrayList<>();
    private boolean metadataPending;

    DiskEffects(SimNode node, SimDisk disk, Scheduler scheduler, int sectorBytes) {
        this.node = node;
        this.disk = disk;
        this.scheduler = scheduler;
        this.sectorBytes = sectorBytes;
    }

    void nodeGone() {
        pendingTokens.clear();
        metadataPending = false;
        reportedEarly.clear();
    }

    /** The engine has let the disk go and waits for nothing of it any more. */
    void release() {
        node.trace("disk released", 0, 0, 0);
        if (!pendingTokens.isEmpty() || metadataPending) {
            throw new Violation("INV-13", node.name() + " releases a disk that still owes answers");
        }
    }

    void linkDown() {
        if (!node.sabotage(Sabotage.NO_DRAIN)) {
            return;
        }
        for (long token : List.copyOf(pendingTokens)) {
            if (Tokens.owner(token) == Tokens.Owner.PEER && !reportedEarly.contains(token)) {
                reportedEarly.add(token);
                node.now(engine -> engine.diskDone(scheduler.nowNs(), token, IoStatus.OK));
            }
        }
    }

    /** The bug: what the disk still works on is reported as ended. */
    void reportAllEnded() {
        for (long token : List.copyOf(pendingTokens)) {
            reportedEarly.add(token);
            node.now(engine -> engine.diskDone(scheduler.nowNs(), token, IoStatus.IO_ERROR));
        }
    }

    private int sector(long offsetBytes) {
        return (int) (offsetBytes / sectorBytes);
    }

    /** What may be reported early: a read may not, since its memory would be gone. */
    private Consumer<IoStatus> changed(long token) {
        pendingTokens.add(token);
        return answer(token);
    }

    private Consumer<IoStatus> answer(long token) {
        long mine = node.incarnation();
        return status -> {
            if (mine != node.incarnation()) {
                return;
            }
            pendingTokens.remove(token);
            if (reportedEarly.remove(token)) {
                return;
            }
            IoStatus told = node.sabotage(Sabotage.SWALLOW_ERRORS) ? IoStatus.OK : status;
            node.trace("disk done", token, told.code(), 0);
            node.now(engine -> engine.diskDone(scheduler.nowNs(), token, told));
        };
    }

    void read(long token, long offsetBytes, int lengthBytes, Payload into) {
        node.trace("disk read", token, offsetBytes, lengthBytes);
        if (claimsReady() && Tokens.owner(token) == Tokens.Owner.DISK_PROOF) {
            node.later(1000, engine -> engine.diskDone(scheduler.nowNs(), token, IoStatus.OK));
            return;
        }
        disk.read(
                sector(offsetBytes),
                sector(lengthBytes),
                (StampPool.Stamps) into,
                alone(token),
                answer(token));
    }

    /** A node that is asked to compare, and does not. */
    void sabotageAnswer(FrameHeader header) {
        FrameType type = header.type();
        boolean compares = type == FrameType.SYNC_CHECKED || type == FrameType.VERIFY_RESULT;
        if (compares && node.sabotage(Sabotage.CALL_ALL_THE_SAME)) {
            header.set(type, 0, 0, header.id(), header.offsetBytes(), header.lengthBytes(), 0);
        }
    }

    /** Whether no change may be under way where this reads. */
    private boolean alone(long token) {
        Tokens.Owner owner = Tokens.owner(token);
        // Without its lock, what a verify finds must tell: not that it reads beside changes.
        boolean verify =
                owner == Tokens.Owner.VERIFY && !node.sabotage(Sabotage.VERIFY_WITHOUT_LOCK);
        return owner == Tokens.Owner.SYNC_SOURCE || verify;
    }

    private boolean claimsReady() {
        return node.sabotage(Sabotage.CLAIM_READY) && disk.hungSinceNs() != Long.MAX_VALUE;
    }

    void write(long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        node.trace(durable ? "disk write FUA" : "disk write", token, offsetBytes, lengthBytes);
        requireLogged(token, offsetBytes, lengthBytes);
        StampPool.Stamps stamps = (StampPool.Stamps) from;
        stamps.require();
        disk.write(
                sector(offsetBytes),
                sector(lengthBytes),
                stamps.stamps,
                durable && !node.sabotage(Sabotage.IGNORE_FUA),
                changed(token));
    }

    private void requireLogged(long token, long offsetBytes, long lengthBytes) {
        if (Tokens.owner(token) == Tokens.Owner.CLIENT) {
            requireLogged(offsetBytes, lengthBytes);
        }
    }

    /** INV-07: what is changed now is in the log. */
    void requireLogged(long offsetBytes, long lengthBytes) {
        disk.requireLogged(sector(offsetBytes), sector(lengthBytes));
    }

    void flush(long token) {
        node.trace("disk flush", token, 0, 0);
        if (node.sabotage(Sabotage.PEER_SKIPS_FLUSH) && Tokens.owner(token) == Tokens.Owner.PEER) {
            node.later(1000, engine -> engine.diskDone(scheduler.nowNs(), token, IoStatus.OK));
            return;
        }
        disk.flush(changed(token));
    }

    void trim(long token, long offsetBytes, long lengthBytes) {
        boolean peer = Tokens.owner(token) == Tokens.Owner.PEER;
        boolean skipped =
                peer
                        && (node.sabotage(Sabotage.PEER_SKIPS_TRIM)
                                || (node.sabotage(Sabotage.SKIP_SYNC_ZERO)
                                        && lengthBytes >= 128 * 1024));
        if (skipped) {
            node.later(1000, engine -> engine.diskDone(scheduler.nowNs(), token, IoStatus.OK));
            return;
        }
        zero(token, offsetBytes, lengthBytes);
    }

    void zero(long token, long offsetBytes, long lengthBytes) {
        node.trace("disk zero", token, offsetBytes, lengthBytes);
        requireLogged(token, offsetBytes, lengthBytes);
        int count = sector(lengthBytes);
        disk.write(sector(offsetBytes), count, new long[count], false, changed(token));
    }

    /** Whether a superblock says that whole data is not whole any more. */
    private boolean givesUp(byte[] image) {
        Superblock next = SuperblockCodec.decode(ByteBuffer.wrap(image)).superblock();
        boolean whole = disk.superblock().has(Superblock.Flag.CONSISTENT);
        return next != null && whole && !next.has(Superblock.Flag.CONSISTENT);
    }

    void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
        node.trace("metadata", token, offsetBytes, image.remaining());
        MetadataLayout layout = disk.layout();
        boolean slot =
                offsetBytes == layout.slotOffsetBytes(0)
                        || offsetBytes == layout.slotOffsetBytes(1);
        boolean log = !slot && offsetBytes < layout.bitmapOffsetBytes(0);
        boolean dropped =
                (slot && node.sabotage(Sabotage.DROP_METADATA_WRITES))
                        || (log && node.sabotage(Sabotage.DROP_LOG_WRITES))
                        || (!slot && !log && node.sabotage(Sabotage.DROP_BITMAP_WRITES));
        if (dropped) {
            node.later(1000, engine -> engine.metadataDone(scheduler.nowNs(), token, true));
            return;
        }
        byte[] bytes = new byte[image.remaining()];
        image.get(bytes);
        if (slot && claimsReady()) {
            disk.metadataAtOnce(offsetBytes, bytes);
            node.later(1000, engine -> engine.metadataDone(scheduler.nowNs(), token, true));
            return;
        }
        if (slot && node.sabotage(Sabotage.FORGET_INVALIDATION) && givesUp(bytes)) {
            node.later(1000, engine -> engine.metadataDone(scheduler.nowNs(), token, true));
            return;
        }
        boolean early =
                (slot && node.sabotage(Sabotage.REPORT_METADATA_EARLY))
                        || (log && node.sabotage(Sabotage.REPORT_LOG_EARLY));
        if (early) {
            disk.writeMetadata(offsetBytes, bytes, status -> {});
            node.later(1000, engine -> engine.metadataDone(scheduler.nowNs(), token, true));
            return;
        }
        long at = slot && node.sabotage(Sabotage.ONE_METADATA_SLOT) ? 0 : offsetBytes;
        long mine = node.incarnation();
        metadataPending = true;
        disk.writeMetadata(
                at,
                bytes,
                status -> {
                    if (mine == node.incarnation()) {
                        metadataPending = false;
                        boolean good = status == IoStatus.OK;
                        node.trace("metadata done", token, good ? 1 : 0, 0);
                        node.now(engine -> engine.metadataDone(scheduler.nowNs(), token, good));
                    }
                });
    }
}
