package dev.rhizome.device;

import java.nio.file.Path;

/**
 * One way to give a volume to this machine's kernel as a block device, for one stay as Primary.
 *
 * <p>The event loop serves the device's requests, also those that the kernel makes while the device
 * comes to be (it looks for partitions) and while it goes. So whatever may wait for the kernel runs
 * on another thread: {@link #prepare}, {@link #publish} and {@link #withdraw}, in this order, on
 * the device's worker; {@link #serve}, {@link #submit} and {@link #close} on the event loop. After
 * a failure of any of them {@link #withdraw} and {@link #close} take back what was done.
 */
public interface DeviceFrontEnd {

    /** The name in the configuration and in status: "ublk", "nbd" or "fuse". */
    String kind();

    /**
     * Whether a device and what is mounted on it outlives this process, to be taken over by the
     * next one.
     */
    boolean outlivesProcess();

    /**
     * Removes what earlier processes of this node have left of the resource's devices; their
     * clients get errors. On the device's worker, on a front end that is used for nothing else.
     *
     * @throws DeviceException one line: what is left cannot be removed
     */
    void removeLeft() throws DeviceException;

    /**
     * Opens what is needed. A device that an earlier process has left for this resource is taken
     * over, or removed if its clients must not go on.
     *
     * @param continued whether the volume holds what the clients of an earlier process of this node
     *     last saw: only then may they go on (INV-18)
     * @throws DeviceException one line: what this kernel lacks, or refuses
     */
    void prepare(boolean continued) throws DeviceException;

    /** Begins to take requests, on the event loop. */
    void serve(DeviceLoop loop);

    /**
     * Makes the device, or lets the one that was taken over go on.
     *
     * @return the device's node, like /dev/nbd0
     * @throws DeviceException one line
     */
    Path publish() throws DeviceException;

    /**
     * The volume has become larger: the device is to be, too. On the device's worker.
     *
     * @throws DeviceException one line: this kernel cannot do it, and the device keeps its size
     */
    void resize() throws DeviceException;

    /** Hands answers that have been put off to the kernel: the end of a batch, on the loop. */
    void submit();

    /**
     * Removes the device from the kernel; its users, if there are any left, get errors. Does
     * nothing if there is none, or if it is another one's by now.
     *
     * @throws DeviceException one line: it is still there
     */
    void withdraw() throws DeviceException;

    /**
     * Leaves the device in the kernel for a later process, if it outlives this one; else the same
     * as {@link #withdraw}.
     *
     * @throws DeviceException as {@link #withdraw}
     */
    void leave() throws DeviceException;

    /** Lets everything go, on the event loop; answers that come later are dropped. */
    void close();
}
