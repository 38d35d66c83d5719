package dev.rhizome.transport.nbd;

import dev.rhizome.core.request.Volume;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The requests of one connection as they are cut from its bytes, and let through or refused. */
final class NbdRequests {
    private enum Part {
        HEADER,
        START,
        DATA,
        DRAIN
    }

    private final NbdConnection connection;
    private final Volume volume;
    private final NbdTransmission transmission;
    private final NbdFeatures features;
    private final NbdRequestHeader header = new NbdRequestHeader();
    private Part part = Part.HEADER;
    private long drainBytes;

    NbdRequests(
            NbdConnection connection,
            Volume volume,
            NbdTransmission transmission,
            NbdFeatures features) {
        this.connection = connection;
        this.volume = volume;
        this.transmission = transmission;
        this.features = features;
    }

    /** Takes all bytes, or as many as it can; false if it must wait. */
    boolean consume(ByteBuf in) {
        while (connection.receiving() && (in.isReadable() || part == Part.START)) {
            switch (part) {
                case HEADER -> {
                    if (header.read(in)) {
                        onHeader();
                    }
                }
                case START -> {
                    if (!start()) {
                        return false;
                    }
                }
                case DATA -> {
                    if (!transmission.receive(in)) {
                        return false;
                    }
                    nextAfterData();
                }
                case DRAIN -> drain(in);
            }
        }
        return true;
    }

    private void onHeader() {
        if (!header.valid()) {
            connection.close("client sent garbage: a request without its magic", true);
        } else if (header.command == Nbd.CMD_DISC) {
            connection.disconnect();
        } else {
            part = Part.START;
        }
    }

    /** False if the request must wait. */
    private boolean start() {
        if (!transmission.mayReply()) {
            return false;
        }
        NbdRefusal refusal = connection.closing() ? NbdRefusal.SERVER_CLOSING : check();
        if (refusal != null) {
            transmission.refuse(header.cookie, refusal);
            drainBytes = header.command == Nbd.CMD_WRITE ? header.lengthBytes : 0;
            part = drainBytes > 0 ? Part.DRAIN : Part.HEADER;
            return true;
        }
        if (!transmission.start(header)) {
            return false;
        }
        part = header.command == Nbd.CMD_WRITE ? Part.DATA : Part.HEADER;
        return true;
    }

    private @Nullable NbdRefusal check() {
        return NbdRequestValidator.check(
                header.command,
                header.flags,
                header.offsetBytes,
                header.lengthBytes,
                volume.sizeBytes(),
                volume.sectorBytes(),
                features);
    }

    /** A write that failed before all of its data came: the rest is thrown away. */
    private void nextAfterData() {
        drainBytes = transmission.unwantedBytes();
        if (drainBytes > 0) {
            part = Part.DRAIN;
        } else if (!transmission.receiving()) {
            part = Part.HEADER;
        }
    }

    private void drain(ByteBuf in) {
        int skippedBytes = (int) Math.min(drainBytes, in.readableBytes());
        in.skipBytes(skippedBytes);
        drainBytes -= skippedBytes;
        if (drainBytes == 0) {
            part = Part.HEADER;
            transmission.drained();
        }
    }
}
