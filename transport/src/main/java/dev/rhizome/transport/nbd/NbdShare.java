package dev.rhizome.transport.nbd;

import dev.rhizome.transport.NettyPayload;
import org.jspecify.annotations.Nullable;

/** One connection's way to the server's permits and memory; it is woken when some are back. */
final class NbdShare {
    private final NbdServer server;
    private final NbdConnection connection;
    private final Runnable memoryIsBack = this::onMemory;
    private final Runnable permitIsBack = this::onPermit;
    private boolean waitsForMemory;
    private boolean waitsForPermit;

    NbdShare(NbdServer server, NbdConnection connection) {
        this.server = server;
        this.connection = connection;
    }

    /** Whether the volume takes another request now; if not, the connection waits. */
    boolean permitAvailable() {
        if (server.permits().available()) {
            return true;
        }
        if (!waitsForPermit) {
            waitsForPermit = true;
            server.permits().whenGiven(permitIsBack);
        }
        return false;
    }

    /** A payload; null if there is none now, and the connection waits. */
    @Nullable NettyPayload memory(int sizeBytes) {
        NettyPayload payload = server.pool().acquire(sizeBytes);
        if (payload == null && !waitsForMemory) {
            waitsForMemory = true;
            server.pool().whenAvailable(memoryIsBack);
        }
        return payload;
    }

    private void onMemory() {
        waitsForMemory = false;
        connection.wakeUpSoon();
    }

    private void onPermit() {
        waitsForPermit = false;
        connection.wakeUpSoon();
    }
}
