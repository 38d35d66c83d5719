package dev.rhizome.replicator;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

final class FrontEnd {
    FrontEnd(LocalVolume.Parts parts, Shell shell) {}

    CompletableFuture<String> start(Path socket) {
        return CompletableFuture.completedFuture(socket.toString());
    }

    void stop() {}
}
