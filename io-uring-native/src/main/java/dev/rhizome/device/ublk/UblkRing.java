package dev.rhizome.device.ublk;

/** The way of a queue's commands to the driver; each tag has one command out at most. */
interface UblkRing {

    /** Offers a tag to the driver for the first time. */
    void fetch(int tag);

    /**
     * Asks for the data of a write.
     *
     * @param address where they go
     */
    void getData(int tag, long address);

    /**
     * Answers a request and offers the tag again.
     *
     * @param result the bytes that were read or written, 0 for others, or a negative errno
     * @param address of what was read, which the kernel copies in {@link #submit}; of a read that
     *     failed any but 0; 0 for others
     */
    void commit(int tag, int result, long address);

    /** Gives the driver all that was said since the last time. */
    void submit();
}
