package dev.rhizome.transport.nbd;

import dev.rhizome.core.Invariant;
import dev.rhizome.transport.NettyPayload;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The data of the one write that is being received, part by part. */
final class NbdIncoming {
    private final NbdShare share;
    private final NbdTransmission transmission;
    private @Nullable NbdRequest request;
    private @Nullable NettyPayload part;
    private int partBytes;

    NbdIncoming(NbdShare share, NbdTransmission transmission) {
        this.share = share;
        this.transmission = transmission;
    }

    /** What comes next is the data of this write. */
    void expect(NbdRequest write) {
        request = write;
    }

    /** Whether data is still to come. */
    boolean expected() {
        return request != null;
    }

    /** Whether data is still to come of a write of which the volume has nothing. */
    boolean nothingIssued() {
        return request != null && request.outstanding == 0;
    }

    /** Takes data; false if there is no memory for it, or no permit. */
    boolean receive(ByteBuf in) {
        NbdRequest write = Invariant.present(request, "INV-16", "data belongs to a write");
        if (write.failure != null) {
            return true;
        }
        NettyPayload target = part;
        if (target == null) {
            target = share.permitAvailable() ? share.memory(write.nextPartBytes()) : null;
            if (target == null) {
                return false;
            }
            part = target;
            partBytes = 0;
        }
        int lengthBytes = Math.min(in.readableBytes(), target.sizeBytes() - partBytes);
        in.readBytes(target.window(partBytes, lengthBytes));
        partBytes += lengthBytes;
        if (partBytes < target.sizeBytes()) {
            return true;
        }
        if (!share.permitAvailable()) {
            // Others have taken it since; the full part stays until one is given back.
            return false;
        }
        part = null;
        if (write.issuedBytes + target.sizeBytes() == write.lengthBytes) {
            write.receiving = false;
            request = null;
        }
        transmission.onPart(write, target);
        return true;
    }

    /** Data that is still to come of a write that has failed already; what is here is dropped. */
    long unwantedBytes() {
        NbdRequest write = request;
        if (write == null || write.failure == null) {
            return 0;
        }
        long hereBytes = part == null ? 0 : partBytes;
        drop();
        return write.lengthBytes - write.issuedBytes - hereBytes;
    }

    /** The rest of a failed write's data has come and gone: that write, null if there was none. */
    @Nullable NbdRequest giveUp() {
        NbdRequest write = request;
        request = null;
        if (write != null) {
            write.receiving = false;
        }
        return write;
    }

    /** Gives back the memory of a part that is not complete. */
    void drop() {
        if (part != null) {
            part.release();
            part = null;
        }
    }
}
