package dev.rhizome.uring;

import java.io.IOException;

/** Another process has the disk, as a disk, or has mounted it. */
public final class DiskInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    DiskInUseException(String message) {
        super(message);
    }
}
