package dev.rhizome.uring;

import dev.rhizome.linux.Errno;

/** Told of each finished operation of a {@link DiskQueue}, on the queue's owner thread. */
@FunctionalInterface
public interface DiskCompletion {

    /**
     * One operation is finished; its memory is the caller's again.
     *
     * @param token what the operation was queued with
     * @param result for a read or write the bytes moved (a read is shorter than asked only at the
     *     end of the disk), for the others 0; a negative errno on failure ({@link Errno#text})
     */
    void completed(long token, int result);
}
