package dev.rhizome.transport.nbd;

import dev.rhizome.core.request.Volume;

/**
 * What a client is told of the volume.
 *
 * @param sizeBytes its size
 * @param flags the transmission flags (NBD_FLAG_HAS_FLAGS and its kin), 16 bits
 * @param minimumBlockBytes offsets and lengths are multiples of this
 * @param preferredBlockBytes the smallest unit that is efficient
 * @param maximumPayloadBytes the most data that one READ or WRITE may carry
 */
public record NbdExport(
        long sizeBytes,
        int flags,
        int minimumBlockBytes,
        int preferredBlockBytes,
        int maximumPayloadBytes) {

    /** As it is now, for a connection that has or has not structured replies. */
    static NbdExport of(Volume volume, boolean structured) {
        int minimumBytes = volume.sectorBytes();
        return new NbdExport(
                volume.sizeBytes(),
                Nbd.transmissionFlags(structured),
                minimumBytes,
                Math.max(minimumBytes, Nbd.PREFERRED_BLOCK_BYTES),
                Nbd.MAX_PAYLOAD_BYTES);
    }
}
