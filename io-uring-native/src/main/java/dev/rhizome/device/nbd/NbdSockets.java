package dev.rhizome.device.nbd;

/** The NBD server that the kernel's client talks to, in its transmission phase. */
public interface NbdSockets {

    /** The transmission flags of the export, as the NBD protocol has them; below 2^16. */
    int transmissionFlags();

    /**
     * Serves the transmission phase, with simple replies, on a connected unix socket. Called on the
     * device's worker; the socket is served on the event loop.
     *
     * @param descriptor the socket; the server owns it from now on
     * @param whenClosed run on the event loop once the connection has ended, however it came
     * @return the connection
     */
    Connection adopt(int descriptor, Runnable whenClosed);

    /** A connection that is served. */
    interface Connection {

        /**
         * Ends it at once, on the event loop; does nothing if it has ended. Requests are answered
         * no more, not with errors either: a device that stays sends them again to the next
         * process.
         */
        void close();
    }
}
