package dev.rhizome.transport.nbd;

import dev.rhizome.core.Limits;
import org.jspecify.annotations.Nullable;

/** The one table of which requests are let through to the volume. */
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
     * @param structured whether structured replies were negotiated
     * @return null if it is good, else why not
     */
    static @Nullable NbdRefusal check(
            int command,
            int flags,
            long offsetBytes,
            long lengthBytes,
            long sizeBytes,
            int sectorBytes,
            boolean structured) {
        NbdRefusal refusal = checkCommand(command, flags, structured);
        if (refusal != null) {
            return refusal;
        }
        if (command == Nbd.CMD_FLUSH) {
            return offsetBytes == 0 && lengthBytes == 0 ? null : NbdRefusal.FLUSH_WITH_RANGE;
        }
        if (lengthBytes == 0) {
            return NbdRefusal.NO_LENGTH;
        }
        boolean carriesData = command == Nbd.CMD_READ || command == Nbd.CMD_WRITE;
        if (carriesData && lengthBytes > Nbd.MAX_PAYLOAD_BYTES) {
            return NbdRefusal.TOO_LARGE;
        }
        if (offsetBytes < 0 || lengthBytes > sizeBytes || offsetBytes > sizeBytes - lengthBytes) {
            return command == Nbd.CMD_READ ? NbdRefusal.READ_PAST_END : NbdRefusal.WRITE_PAST_END;
        }
        if (((offsetBytes | lengthBytes) & (sectorBytes - 1)) != 0) {
            return NbdRefusal.MISALIGNED;
        }
        if ((flags & Nbd.CMD_FLAG_DF) != 0 && lengthBytes > Limits.MAX_REQUEST_BYTES) {
            return NbdRefusal.TOO_LARGE_FOR_ONE_CHUNK;
        }
        return null;
    }

    /** FUA is valid with every command, even where it says nothing: clients do that. */
    private static @Nullable NbdRefusal checkCommand(int command, int flags, boolean structured) {
        int others = flags & ~Nbd.CMD_FLAG_FUA;
        switch (command) {
            case Nbd.CMD_READ -> {
                if (others == Nbd.CMD_FLAG_DF) {
                    return structured ? null : NbdRefusal.DF_WITHOUT_STRUCTURED;
                }
            }
            case Nbd.CMD_WRITE_ZEROES -> {
                if ((others & Nbd.CMD_FLAG_FAST_ZERO) != 0) {
                    return NbdRefusal.FAST_ZERO;
                }
                others &= ~Nbd.CMD_FLAG_NO_HOLE;
            }
            case Nbd.CMD_WRITE, Nbd.CMD_FLUSH, Nbd.CMD_TRIM -> {
                // FUA only.
            }
            default -> {
                return NbdRefusal.UNKNOWN_COMMAND;
            }
        }
        return others == 0 ? null : NbdRefusal.UNKNOWN_FLAG;
    }
}
