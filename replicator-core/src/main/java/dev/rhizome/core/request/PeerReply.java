package dev.rhizome.core.request;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/** Whether what the peer has sent is an answer to a request at all (INV-16). */
final class PeerReply {

    private PeerReply() {}

    /** Whether this type of frame answers this operation. */
    static boolean answers(FrameType type, Operation operation) {
        return switch (type) {
            case WRITE_ACK -> operation.changes();
            case FLUSH_ACK -> operation == Operation.FLUSH;
            case READ_REPLY -> operation == Operation.READ;
            default -> false;
        };
    }

    /** Data come with a good READ, and with nothing else. */
    static boolean fits(ClientRequest request, IoStatus status, @Nullable Payload payload) {
        if (request.operation != Operation.READ || status != IoStatus.OK) {
            return payload == null;
        }
        return payload != null && payload.sizeBytes() == request.lengthBytes;
    }
}
