package dev.rhizome.transport.nbd;

import dev.rhizome.core.request.IoStatus;

/** Why a request is refused or has failed: the error of the protocol and the words for a person. */
enum NbdRefusal {
    UNKNOWN_COMMAND(Nbd.EINVAL, "unknown command"),
    UNKNOWN_FLAG(Nbd.EINVAL, "flag unknown or not valid for this command"),
    FAST_ZERO(Nbd.EINVAL, "fast zero is not offered"),
    DF_WITHOUT_STRUCTURED(Nbd.EINVAL, "don't-fragment needs structured replies"),
    NO_LENGTH(Nbd.EINVAL, "the length is 0"),
    FLUSH_WITH_RANGE(Nbd.EINVAL, "flush takes neither offset nor length"),
    TOO_LARGE(Nbd.EINVAL, "more data than 32 MiB in one request"),
    TOO_LARGE_A_READ(Nbd.EOVERFLOW, "more data than 32 MiB in one request"),
    PAST_END(Nbd.EINVAL, "past the end of the export"),
    WRITE_PAST_END(Nbd.ENOSPC, "write past the end of the export"),
    NO_CONTEXT(Nbd.EINVAL, "no metadata context was selected"),
    MISALIGNED(Nbd.EINVAL, "offset or length is not a multiple of the minimum block size"),
    TOO_LARGE_FOR_ONE_CHUNK(Nbd.EOVERFLOW, "too large to be sent in one chunk"),
    SERVER_CLOSING(Nbd.ESHUTDOWN, "the server is being closed"),

    DISK_FAILED(Nbd.EIO, IoStatus.IO_ERROR.meaning()),
    NO_DATA(Nbd.EIO, IoStatus.NO_DATA.meaning()),
    NO_SPACE(Nbd.ENOSPC, IoStatus.NO_SPACE.meaning()),
    NOT_PRIMARY(Nbd.ESHUTDOWN, IoStatus.NOT_PRIMARY.meaning()),
    VOLUME_CLOSING(Nbd.ESHUTDOWN, IoStatus.SHUTTING_DOWN.meaning()),
    INVALID(Nbd.EINVAL, IoStatus.INVALID.meaning()),
    /** Kept from happening by the limit on requests in flight. */
    BUSY(Nbd.ENOMEM, IoStatus.BUSY.meaning());

    private final int errno;
    private final String text;

    NbdRefusal(int errno, String text) {
        this.errno = errno;
        this.text = text;
    }

    int errno() {
        return errno;
    }

    String text() {
        return text;
    }

    /** How a failed I/O is told to a client; never asked for {@link IoStatus#OK}. */
    static NbdRefusal of(IoStatus failure) {
        return switch (failure) {
            case IO_ERROR -> DISK_FAILED;
            case NO_SPACE -> NO_SPACE;
            case NOT_PRIMARY -> NOT_PRIMARY;
            case INVALID -> INVALID;
            case NO_DATA -> NO_DATA;
            case SHUTTING_DOWN -> VOLUME_CLOSING;
            case BUSY -> BUSY;
            case OK, OVERTAKEN ->
                    throw new IllegalArgumentException("no failure of a client's: " + failure);
        };
    }
}
