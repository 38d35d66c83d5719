package dev.rhizome.transport.nbd;

import dev.rhizome.core.Limits;
import org.jspecify.annotations.Nullable;

/** The one table of which requests are let through. */
final class NbdRequestValidator {
    private NbdRequestValidator() {}

    /**
     * Checks a request other than DISC.
     *
     * @param command the request's type, unsigned 16 bits
     * @param flags the request's flags, unsigned 16 bits
     * @param offsetBytes unsigned 64 bits
     * @param lengthBytes unsigned 32 bits
     * @param sizeBytes the volume's size
     * @param sectorBytes the volume's smallest unit, a power of two
     * @param features what was negotiated
     * @return null if it is good, else why not
     */
    static @Nullable NbdRefusal check(
            int command,
            int flags,
            long offsetBytes,
            long lengthBytes,
            long sizeBytes,
            int sectorBytes,
            NbdFeatures features) {
        NbdRefusal refusal = checkCommand(command, flags, features);
        if (refusal != null) {
            return refusal;
        }
        if (command == Nbd.CMD_FLUSH) {
            return offsetBytes == 0 && lengthBytes == 0 ? null : NbdRefusal.FLUSH_WITH_RANGE;
        }
        if (lengthBytes == 0) {
            return NbdRefusal.NO_LENGTH;
        }
        if (command == Nbd.CMD_WRITE && lengthBytes > Nbd.MAX_PAYLOAD_BYTES) {
            return NbdRefusal.TOO_LARGE;
        }
        if (command == Nbd.CMD_READ && lengthBytes > Nbd.MAX_PAYLOAD_BYTES) {
            return features.structured() ? NbdRefusal.TOO_LARGE_A_READ : NbdRefusal.TOO_LARGE;
        }
        if (offsetBytes < 0 || lengthBytes > sizeBytes || offsetBytes > sizeBytes - lengthBytes) {
            boolean needsSpace = command == Nbd.CMD_WRITE || command == Nbd.CMD_WRITE_ZEROES;
            return needsSpace ? NbdRefusal.WRITE_PAST_END : NbdRefusal.PAST_END;
        }
        if (((offsetBytes | lengthBytes) & (sectorBytes - 1)) != 0) {
            return NbdRefusal.MISALIGNED;
        }
        boolean whole = command == Nbd.CMD_READ && (flags & Nbd.CMD_FLAG_DF) != 0;
        if (whole && lengthBytes > Limits.MAX_REQUEST_BYTES) {
            return NbdRefusal.TOO_LARGE_FOR_ONE_CHUNK;
        }
        return null;
    }

    /** FUA is valid with every command, even where it says nothing: clients do that. */
    private static @Nullable NbdRefusal checkCommand(int command, int flags, NbdFeatures features) {
        int others = flags & ~Nbd.CMD_FLAG_FUA;
        switch (command) {
            case Nbd.CMD_READ -> {
                if (others == Nbd.CMD_FLAG_DF) {
                    return features.structured() ? null : NbdRefusal.DF_WITHOUT_STRUCTURED;
                }
            }
            case Nbd.CMD_WRITE_ZEROES -> {
                if ((others & Nbd.CMD_FLAG_FAST_ZERO) != 0) {
                    return NbdRefusal.FAST_ZERO;
                }
                others &= ~Nbd.CMD_FLAG_NO_HOLE;
            }
            case Nbd.CMD_BLOCK_STATUS -> {
                if (!features.blockStatus()) {
                    return NbdRefusal.NO_CONTEXT;
                }
                others &= ~Nbd.CMD_FLAG_REQ_ONE;
            }
            case Nbd.CMD_WRITE, Nbd.CMD_FLUSH, Nbd.CMD_TRIM, Nbd.CMD_CACHE -> {
                // FUA only.
            }
            default -> {
                return NbdRefusal.UNKNOWN_COMMAND;
            }
        }
        return others == 0 ? null : NbdRefusal.UNKNOWN_FLAG;
    }
}
