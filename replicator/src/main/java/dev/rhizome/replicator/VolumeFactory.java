package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.Tuning;
import dev.rhizome.core.dump.ByteSize;
import dev.rhizome.core.handshake.SharedOptions;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.transport.peer.LinkStatistics;
import dev.rhizome.transport.peer.LiveTls;
import dev.rhizome.transport.peer.PeerConnector;
import dev.rhizome.transport.peer.PeerLinkOptions;
import dev.rhizome.transport.peer.TlsEngine;
import dev.rhizome.transport.peer.TlsSetupException;
import dev.rhizome.uring.DiskQueue;
import dev.rhizome.uring.DiskQueueOptions;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a {@link ReplicatedVolume} comes to be: opens what it needs, in order, or closes it again.
 */
final class VolumeFactory {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);

    private static final long MIB = 1L << 20;

    /**
     * As long as a peer in the same plant takes for one request, with its disk and the way there
     * and back: longer waits are slept through.
     */
    private static final long LONGEST_LOOK_NS = 500_000;

    private static final long ENGINE_MEMORY_BYTES = 8 * MIB;
    private static final long CLIENT_MEMORY_BYTES = 8 * MIB;
    private static final long SOCKET_MEMORY_BYTES = 8 * MIB;

    /** Its own: clients of the NBD server that do not read must not hold up what is mounted. */
    private static final long DEVICE_MEMORY_BYTES = 24 * MIB;

    /**
     * All that a peer with the same limits can have under way: while memory for its writes is
     * short, its pings are not read either, and a slow disk would pass for a dead node.
     */
    private static final long LINK_MEMORY_BYTES =
            ENGINE_MEMORY_BYTES + CLIENT_MEMORY_BYTES + SOCKET_MEMORY_BYTES + DEVICE_MEMORY_BYTES;

    /** Client requests, their flushes, requests of the peer, resync, metadata. */
    private static final int DISK_QUEUE_LIMIT = 16 * 1024;

    /** The shortest and the longest of an operator's times; they also fit what the kernel takes. */
    private static final Duration SHORTEST_TIME = Duration.ofMillis(10);

    private static final Duration LONGEST_TIME = Duration.ofDays(1);

    private VolumeFactory() {}

    static ReplicatedVolume open(VolumeOptions options) throws VolumeException {
        PeerLinkOptions link = linkOptions(options);
        LiveTls tls = loadTls(options);
        Disks disks = Disks.forVolume(options.place(), options.directIo());
        DiskQueue queue = null;
        boolean opened = false;
        try {
            AttachedMetadata attached = readMetadata(options.place(), disks);
            queue = DiskQueue.open(new DiskQueueOptions(DISK_QUEUE_LIMIT, options.ioUring()));
            ReplicatedVolume volume = assemble(options, link, tls, disks, attached, queue);
            opened = true;
            return volume;
        } catch (IOException e) {
            throw new VolumeException(MetadataDevice.message(e), e);
        } finally {
            if (!opened) {
                disks.close();
                if (queue != null) {
                    queue.close();
                }
            }
        }
    }

    static void load() {
        Epoll.ensureAvailability();
        TlsEngine.load();
    }

    private static LiveTls loadTls(VolumeOptions options) throws VolumeException {
        try {
            return LiveTls.load(options.certificates().forTls(), options.node());
        } catch (TlsSetupException e) {
            throw new VolumeException(String.valueOf(e.getMessage()), e);
        }
    }

    /** What the disks remember. */
    static AttachedMetadata readMetadata(MetadataPlace place, Disks disks) throws VolumeException {
        try (MetadataDevice device = MetadataDevice.of(place, disks)) {
            device.finishMove();
            if (device.isBehindEnd()) {
                LOG.warn(
                        "{}: has grown; 'rhizome resize {}' makes use of it",
                        place.disk(),
                        place.resource());
            }
            Superblock superblock = device.superblock();
            requireMemory(place, device.layout());
            String warning = device.choice().warning();
            if (!warning.isEmpty()) {
                LOG.warn("{}: {}", place.metadata(), warning);
            }
            AttachedMetadata attached =
                    AttachedMetadata.read(
                            device.layout(),
                            superblock,
                            device.choice().behindSlot(),
                            device::read);
            attached.warnings().forEach(each -> LOG.warn("{}: {}", place.metadata(), each));
            return attached;
        } catch (IOException e) {
            throw new VolumeException(MetadataDevice.message(e), e);
        }
    }

    /** With a single processor, looking would keep those from working who are waited for. */
    private static long longestLookNs() {
        return Runtime.getRuntime().availableProcessors() > 1 ? LONGEST_LOOK_NS : 0;
    }

    /** The bitmap is held in memory: better not to open than to run out of it. */
    private static void requireMemory(MetadataPlace place, MetadataLayout layout)
            throws VolumeException {
        String problem = memoryProblem(layout.volumeBytes());
        if (!problem.isEmpty()) {
            throw new VolumeException(place.disk() + ": " + problem);
        }
    }

    /** Why there is too little memory for a volume of this size, and what to do; empty if not. */
    static String memoryProblem(long volumeBytes) {
        long neededBytes = volumeBytes / Limits.BLOCK_BYTES / Byte.SIZE;
        long limitBytes = Runtime.getRuntime().maxMemory();
        return neededBytes <= limitBytes / 2
                ? ""
                : "the bitmap of "
                        + ByteSize.text(volumeBytes)
                        + " needs "
                        + ByteSize.text(neededBytes)
                        + " of memory, of which Java has "
                        + ByteSize.text(limitBytes)
                        + "; give it more, with -Xmx (RHIZOME_JAVA_OPTIONS)";
    }

    private static ReplicatedVolume assemble(
            VolumeOptions options,
            PeerLinkOptions link,
            LiveTls tls,
            Disks disks,
            AttachedMetadata attached,
            DiskQueue queue)
            throws IOException, VolumeException {
        var group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("rhizome-" + options.resource()),
                        EpollIoHandler.newFactory(0, AdaptivePolling.factory(longestLookNs())));
        IoEventLoop loop = group.next();
        int sectorBytes = Math.max(Limits.MIN_SECTOR_BYTES, disks.data().logicalBlockBytes());
        LocalVolume volume =
                new LocalVolume(
                        new LocalVolume.Parts(
                                options,
                                config(options, attached.layout(), sectorBytes),
                                attached,
                                group,
                                loop,
                                queue,
                                disks,
                                new Turn(),
                                new EventJournal(options.resource()),
                                new LocalVolume.Memories(
                                        new PayloadMemory(ENGINE_MEMORY_BYTES, loop),
                                        new PayloadMemory(LINK_MEMORY_BYTES, loop),
                                        new PayloadMemory(CLIENT_MEMORY_BYTES, loop),
                                        new PayloadMemory(SOCKET_MEMORY_BYTES, loop),
                                        new PayloadMemory(DEVICE_MEMORY_BYTES, loop)),
                                tls,
                                new LinkStatistics()),
                        new DiskSide(queue, disks),
                        new VolumeGeometry(attached.layout().volumeBytes(), sectorBytes));
        volume.start(
                new LinkKeeper(
                        options.resource(),
                        loop,
                        () ->
                                new PeerConnector(
                                        loop,
                                        link,
                                        tls.current(),
                                        volume.linkMemory(),
                                        volume.linkStatistics(),
                                        new SecureRandom(),
                                        volume.shell()),
                        volume.shell()::onAttemptFailed,
                        volume.shell()::onBug,
                        options.connectInterval()));
        return volume;
    }

    private static ReplicaConfig config(
            VolumeOptions options, MetadataLayout layout, int sectorBytes) {
        return new ReplicaConfig(
                options.resource(),
                options.node(),
                options.peer(),
                layout.volumeBytes(),
                sectorBytes,
                options.pingTimeout().toNanos(),
                options.requestTimeout().toNanos(),
                options.policies(),
                tuning(options),
                options.diskPolicy(),
                options.checks(),
                options.fencing(),
                TargetPreparer.settings(options),
                SharedOptions.of(options.shared()));
    }

    /** A running replica's configuration, with what the options say beside what its disk says. */
    static ReplicaConfig config(VolumeOptions options, ReplicaConfig running) {
        return new ReplicaConfig(
                running.resource(),
                running.node(),
                running.peer(),
                running.volumeBytes(),
                running.sectorBytes(),
                options.pingTimeout().toNanos(),
                options.requestTimeout().toNanos(),
                options.policies(),
                tuning(options),
                options.diskPolicy(),
                options.checks(),
                options.fencing(),
                TargetPreparer.settings(options),
                SharedOptions.of(options.shared()));
    }

    private static Tuning tuning(VolumeOptions options) {
        Tuning defaults = Tuning.defaults();
        return new Tuning(
                defaults.extentBlocks(),
                options.activityLogExtents(),
                defaults.checkpointBytes(),
                defaults.flushAfterNs(),
                options.activityLogCoolAfter().toNanos(),
                options.pace());
    }

    private static PeerLinkOptions linkOptions(VolumeOptions options) throws VolumeException {
        List<InetSocketAddress> peer = options.peerAddresses();
        try {
            PeerLinkOptions defaults =
                    PeerLinkOptions.of(
                            options.resource(),
                            options.node(),
                            options.peer(),
                            options.listen(),
                            () -> peer);
            var unused = positive("request timeout", options.requestTimeout());
            return defaults.withTimes(
                            positive("connect interval", options.connectInterval()),
                            defaults.connectTimeout(),
                            defaults.handshakeTimeout(),
                            positive("ping timeout", options.pingTimeout()))
                    .withCompression(options.compression());
        } catch (IllegalArgumentException e) {
            throw new VolumeException(options.resource() + ": " + e.getMessage(), e);
        }
    }

    private static Duration positive(String what, Duration time) {
        boolean usable = time.compareTo(SHORTEST_TIME) >= 0 && time.compareTo(LONGEST_TIME) <= 0;
        if (!usable) {
            throw new IllegalArgumentException(
                    "the " + what + " must be from 10 ms to 1 day, not " + time);
        }
        return time;
    }
}
