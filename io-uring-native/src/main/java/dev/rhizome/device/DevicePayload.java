package dev.rhizome.device;

import dev.rhizome.core.Payload;
import dev.rhizome.uring.AlignedBuffer;

/** A payload whose memory the kernel can be given the address of. */
public interface DevicePayload extends Payload {

    /** The memory; the payload's bytes are its first {@link #sizeBytes()}. */
    AlignedBuffer memory();

    /**
     * Makes it shorter, while its only holder has not handed it on.
     *
     * @param newSizeBytes from 1 to {@link #sizeBytes()}
     */
    void shorten(int newSizeBytes);
}
