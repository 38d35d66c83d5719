package dev.rhizome.replicator;

import dev.rhizome.core.request.IoStatus;
import java.io.IOException;

/** A read, write, flush, trim or zero has failed. */
public final class VolumeIoException extends IOException {
    private static final long serialVersionUID = 1L;
    private final IoStatus status;

    /**
     * @param status how it ended
     */
    public VolumeIoException(IoStatus status) {
        super(status.meaning());
        this.status = status;
    }

    /** How it ended; never OK. */
    public IoStatus status() {
        return status;
    }
}
