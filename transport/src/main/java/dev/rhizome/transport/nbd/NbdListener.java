package dev.rhizome.transport.nbd;

/** Who is told by an NBD server, on its event loop. */
public interface NbdListener {

    /** A batch of requests has been given to the volume: the time to submit disk I/O, once. */
    void afterBatch();

    /** An exception or error escaped: a bug. The connection is closed; the process should halt. */
    void onBug(Throwable bug);
}
