package dev.rhizome.replicator;

import dev.rhizome.core.verify.VerifyOrder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * One node's replica of one volume: a disk, a link to the peer, and, while Primary, clients.
 *
 * <p>Every replica owns one event-loop thread; engine, disk ring, peer link and front-end sockets
 * all run on it. The methods here may be called from any thread; futures complete on the event
 * loop, so what is chained to them must not block (use the {@code Async} forms otherwise).
 *
 * <p>An I/O future fails with {@link VolumeIoException}; a command's future does not fail for a
 * refusal: {@link CommandResult} says why. Every future completes, also when the volume ends. Calls
 * that begin to wait for one another do so in their order; beyond 16384 that are not over, a
 * further one fails as BUSY. A call is checked as a whole before it begins, but one that fails
 * later (a disk, a demotion) may have been carried out in part.
 */
public interface ReplicatedVolume extends AutoCloseable {

    /** The rule by which a demotion is refused while somebody uses the device. */
    String DEVICE_IN_USE = "device-in-use";

    /** The rule by which a demotion is refused if nobody can tell who uses the device. */
    String DEVICE_NOT_KNOWN = "device-not-known";

    /**
     * Opens the disk, attaches it, starts to listen for the peer and to dial it.
     *
     * @throws VolumeException if the disk cannot be opened or holds no usable metadata, or the
     *     certificates cannot be used; the message says what to do
     */
    static ReplicatedVolume open(VolumeOptions options) throws VolumeException {
        return VolumeFactory.open(options);
    }

    /**
     * Loads what the first volume otherwise loads when it is opened, from files of this program and
     * of Java: once they are replaced, they would be of another version. May be left out.
     */
    static void load() {
        VolumeFactory.load();
    }

    /**
     * Writes fresh metadata at the end of a disk: from then on it belongs to the resource. {@link
     * OfflineMetadata} has the tools for metadata, and metadata in a place of its own.
     *
     * @param disk a block device or a file
     * @param resource the resource's name
     * @param force overwrite what looks like a file system or like metadata
     * @return what was made, for a person to read
     * @throws VolumeException if the disk is too small, in use by data that force would destroy, or
     *     cannot be written
     */
    static CreatedMetadata createMetadata(Path disk, String resource, boolean force)
            throws VolumeException {
        return OfflineMetadata.create(new MetadataPlace(resource, disk, null), 0, force);
    }

    /**
     * Completes as soon as the event loop gets to it, or has ended: a loop that hangs never does.
     * At most one question waits; to ask again is to wait for the same answer.
     */
    CompletableFuture<Void> roundTrip();

    /** What is so now; a snapshot. From {@link #close} on, what was so at the end. */
    VolumeStatus status();

    /**
     * Where on the volume it is out of sync, as this node knows; {@link OutOfSyncMap#UNKNOWN} once
     * the volume has ended.
     *
     * @param cells how many at most, 1 to {@link OutOfSyncMap#MAX_CELLS}
     */
    CompletableFuture<OutOfSyncMap> outOfSyncMap(int cells);

    /**
     * Becomes Primary, and serves clients when the future has completed.
     *
     * @param force take local data that is not UpToDate for the newest; recorded in the metadata
     */
    CompletableFuture<CommandResult> promote(boolean force);

    /**
     * Becomes Secondary: refuses new requests, finishes those in flight, closes front ends. Refused
     * by the rule {@link #DEVICE_IN_USE} while somebody has the block device mounted or open, and
     * by {@link #DEVICE_NOT_KNOWN} if that cannot be told.
     *
     * @param force also while somebody has it open, who gets errors then, and while clients wait:
     *     what waits fails
     */
    CompletableFuture<CommandResult> demote(boolean force);

    /**
     * Has clients wait, or go on although the peer is not fenced or there is no data; or takes this
     * node's data for old.
     */
    CompletableFuture<CommandResult> io(IoCommand what);

    /** Tries to reach the peer, after {@link #disconnect} or a refused handshake. */
    default CompletableFuture<CommandResult> connect() {
        return connect(ConnectMode.NORMAL);
    }

    /** Tries to reach the peer; the mode says what for. */
    CompletableFuture<CommandResult> connect(ConnectMode mode);

    /**
     * Lets the disk go and closes it; a Primary goes on through its peer.
     *
     * @param force also if the disk holds the only data, and without waiting for a disk that hangs
     */
    CompletableFuture<CommandResult> detach(boolean force);

    /** Opens the disk that the options name, and attaches it to this running node. */
    CompletableFuture<CommandResult> attach();

    /** Leaves the peer and stays StandAlone. */
    CompletableFuture<CommandResult> disconnect();

    /**
     * Takes over what can be changed while the volume is open, of other options for the same
     * volume: the policies for conflicts (from the next handshake on) and for a disk that fails,
     * whether resyncs compare checksums, after how long an extent of the activity log cools, what
     * becomes of requests without data, and the handlers with their time limit. The rest is left as
     * it is.
     */
    CompletableFuture<CommandResult> adjust(VolumeOptions options);

    /**
     * Looks whether the files of the certificates, of the key and of the revoked certificates have
     * changed, and takes them up if they are good: for connections that are made from then on. The
     * link that is up stays, unless the peer's certificate was revoked. They are looked at every
     * few seconds anyway.
     *
     * @return refused by the rule certificate-problem if they are not good; those of before are
     *     used then. Else certificate-renewed, or certificate-unchanged
     */
    CompletableFuture<CommandResult> refreshCertificates();

    /** Asks for something about resyncs. */
    CompletableFuture<CommandResult> sync(SyncCommand what);

    /**
     * Compares this node's data with the peer's while both are in step, or ends that, or has the
     * peer take over this node's data where they differ. Completes when it has begun or is refused;
     * the status tells how far it is. It runs on the Primary, or where there is none.
     */
    CompletableFuture<CommandResult> verify(VerifyOrder order);

    /**
     * Makes the volume larger, on both nodes, while it is used. The backing devices must have been
     * made larger before.
     *
     * @param volumeBytes the new size, rounded down to 4 KiB; 0: as large as both nodes can have it
     * @param assumeClean what is new is the same on both nodes already: it is left as it is, else
     *     it reads as zeroes
     */
    CompletableFuture<CommandResult> resize(long volumeBytes, boolean assumeClean);

    /**
     * Reads. Only a Primary reads.
     *
     * @param offsetBytes aligned to the sector size
     * @param target its remaining bytes (aligned) are filled and its position moved to its limit;
     *     leave it alone until the future completes
     * @throws IllegalArgumentException if the target is read-only
     */
    CompletableFuture<Void> read(long offsetBytes, ByteBuffer target);

    /**
     * Writes the remaining bytes of the source, which are copied before this method returns; its
     * position moves to its limit. Completes when both nodes have the data (INV-01).
     *
     * @param fua and it is durable on both
     */
    CompletableFuture<Void> write(long offsetBytes, ByteBuffer source, boolean fua);

    /** Makes every write that has completed durable on both nodes (INV-03). */
    CompletableFuture<Void> flush();

    /** Says that a range is not needed any more. */
    CompletableFuture<Void> trim(long offsetBytes, long lengthBytes);

    /** Makes a range read as zeroes. */
    CompletableFuture<Void> zero(long offsetBytes, long lengthBytes);

    /** Adds a listener; it is called on the event loop and must not block. */
    void addListener(VolumeListener listener);

    /**
     * Ends in order: clients, writes in flight, a goodbye to the peer, a clean mark in the
     * metadata, disk. Blocks until done; must not be called on the event loop.
     *
     * <p>A block device that is in use and can outlive this process stays in the kernel: the node
     * then ends as if it were killed, and a later process that is promoted takes the device over.
     * Any other is taken away, and who uses it gets errors: demote first.
     */
    @Override
    void close();
}
