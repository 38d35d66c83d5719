package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.transport.peer.PeerTls;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** What serves a Primary's clients: the NBD server and the block device. On the event loop. */
final class FrontEnds {
    private final LocalVolume.Parts parts;
    private final Shell shell;
    private final ExecutorService worker;
    private @Nullable SocketFrontEnd sockets;
    private volatile @Nullable DeviceHost device;
    private CompletableFuture<String> settled = CompletableFuture.completedFuture("");

    FrontEnds(LocalVolume.Parts parts, Shell shell) {
        this.parts = parts;
        this.shell = shell;
        worker =
                Executors.newSingleThreadExecutor(
                        task -> {
                            Thread thread =
                                    new Thread(task, "device-" + parts.options().resource());
                            thread.setDaemon(true);
                            return thread;
                        });
        newHost().removeStaleLink();
    }

    /**
     * Removes a device that an earlier process of this node has left, and waits for those of this
     * one that are being removed.
     *
     * @return completes with an empty text, or with why something is left
     */
    CompletableFuture<String> dismissClients() {
        return newHost().removeLeft();
    }

    /** Clients shall be served, or no longer. */
    void serve(boolean serving, boolean continued) {
        if (serving && sockets == null && device == null) {
            start(continued);
        } else if (!serving) {
            stop();
        }
    }

    private void start(boolean continued) {
        CompletableFuture<String> socketReady = CompletableFuture.completedFuture("");
        if (SocketFrontEnd.wanted(parts.options())) {
            SocketFrontEnd server = new SocketFrontEnd(parts, shell);
            sockets = server;
            socketReady = server.start();
        }
        CompletableFuture<String> deviceReady = CompletableFuture.completedFuture("");
        if (parts.options().attach() == AttachMode.SOCKET) {
            deviceReady = continued ? dismissClients() : deviceReady;
        } else {
            DeviceHost host = newHost();
            device = host;
            deviceReady = host.start(continued);
        }
        settled = socketReady.thenCombine(deviceReady, FrontEnds::both);
    }

    private DeviceHost newHost() {
        // The bitmap's unit, or that of a disk with larger blocks.
        int physicalBlockBytes =
                Math.max(Limits.BLOCK_BYTES, parts.disks().data().physicalBlockBytes());
        return new DeviceHost(parts, shell, physicalBlockBytes, worker);
    }

    private static String both(String first, String second) {
        return first.isEmpty() || second.isEmpty() ? first + second : first + "; " + second;
    }

    private void stop() {
        SocketFrontEnd server = sockets;
        sockets = null;
        if (server != null) {
            server.stop();
        }
        DeviceHost host = device;
        device = null;
        // What was about to start ends first: one worker does both.
        settled = host == null ? CompletableFuture.completedFuture("") : host.stop();
    }

    /** Completes when what was begun last is done; with a text if it was not done well. */
    CompletableFuture<String> settled() {
        return settled;
    }

    /** Any thread: the device's own methods may be called from any. */
    @Nullable DeviceHost device() {
        return device;
    }

    /** Any thread. */
    @Nullable DeviceStatus deviceStatus() {
        DeviceHost host = device;
        return host == null ? null : host.status();
    }

    /** Uses a renewed certificate from now on. */
    void useTls(PeerTls renewed) {
        SocketFrontEnd server = sockets;
        if (server != null) {
            server.useTls(renewed);
        }
    }

    /** The volume is larger now: whoever asks is told so, and the device is. */
    void resized() {
        DeviceHost host = device;
        if (host != null) {
            host.resized();
        }
    }

    /** Leaves the device to a later process. Completes when this one has let it go. */
    CompletableFuture<String> leaveDevice() {
        DeviceHost host = device;
        device = null;
        return host == null ? CompletableFuture.completedFuture("") : host.leave();
    }

    /** The volume ends, in order or not. */
    void abandon() {
        DeviceHost host = device;
        device = null;
        if (host != null) {
            host.abandon();
        }
        SocketFrontEnd server = sockets;
        sockets = null;
        if (server != null) {
            server.stop();
        }
        worker.shutdown();
    }
}
