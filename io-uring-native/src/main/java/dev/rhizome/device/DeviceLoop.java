package dev.rhizome.device;

/** The event loop as a device's front end sees it; used on the loop. */
public interface DeviceLoop {

    /**
     * Calls the handler, on the loop, whenever a descriptor has become readable (edge-triggered). A
     * handler that does not take everything comes back by {@link #execute}. After each call the
     * batch that it has begun is ended: the disk and the link get what is theirs, and {@link
     * DeviceFrontEnd#submit} is called.
     *
     * @param descriptor not closed by the loop
     */
    void poll(int descriptor, Runnable whenReadable);

    /** Ends all polling. The descriptors may be closed afterwards. */
    void unpoll();

    /** Runs a task on the loop, soon, and ends its batch. */
    void execute(Runnable task);

    /**
     * The device does not work any more, and not because it was withdrawn.
     *
     * @param reason one line
     */
    void failed(String reason);
}
