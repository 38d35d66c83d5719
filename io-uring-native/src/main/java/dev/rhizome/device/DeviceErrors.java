package dev.rhizome.device;

import dev.rhizome.core.request.IoStatus;
import dev.rhizome.linux.Errno;

/** What the kernel is told of a request that failed. */
public final class DeviceErrors {

    private DeviceErrors() {}

    /** The error number, positive; 0 for {@link IoStatus#OK}. */
    public static int errno(IoStatus status) {
        return switch (status) {
            case OK -> 0;
            case NO_SPACE -> Errno.ENOSPC;
            case INVALID -> Errno.EINVAL;
            case IO_ERROR, NOT_PRIMARY, NO_DATA, SHUTTING_DOWN, BUSY, OVERTAKEN -> Errno.EIO;
        };
    }
}
