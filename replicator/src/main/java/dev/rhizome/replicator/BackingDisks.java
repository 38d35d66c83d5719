package dev.rhizome.replicator;

import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.metadata.AttachedMetadata;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The disks of an open volume, which may be let go, and attached again or replaced, meanwhile. On
 * the event loop, but for the opening: that blocks, and has a thread of its own.
 */
final class BackingDisks {

    /** What has been opened and read, to be attached. */
    record Opened(Disks disks, AttachedMetadata attached) {}

    /** The engine, which decides. */
    interface Engine {
        /** Whether the disk is attached; the command is answered either way. */
        boolean attach(AttachedMetadata found, CompletableFuture<CommandResult> answer);
    }

    private final LocalVolume.Parts parts;
    private final DiskSide diskSide;
    private @Nullable Disks current;
    private boolean opening;
    private boolean ended;

    BackingDisks(LocalVolume.Parts parts, DiskSide diskSide) {
        this.parts = parts;
        this.diskSide = diskSide;
        current = parts.disks();
    }

    /** The engine has let the disk go, and it owes no answer any more. */
    void release() {
        Disks open = current;
        if (open != null) {
            current = null;
            open.close();
        }
    }

    /** The volume ends. */
    void close() {
        ended = true;
        release();
    }

    /** Opens the disk that the configuration names, and has the engine attach it. */
    void attach(Engine engine, CompletableFuture<CommandResult> answer) {
        String problem = problem();
        if (!problem.isEmpty()) {
            answer.complete(refused(problem));
            return;
        }
        opening = true;
        Thread opener =
                new Thread(() -> openAnd(engine, answer), "attach-" + parts.options().resource());
        opener.setDaemon(true);
        opener.start();
    }

    private String problem() {
        if (opening) {
            return "a disk is being attached already";
        }
        return current == null
                ? ""
                : "this node has a disk, or has not got rid of one that was let go: 'detach' it"
                        + " first";
    }

    private void openAnd(Engine engine, CompletableFuture<CommandResult> answer) {
        Opened opened = null;
        String problem = "";
        try {
            opened = open();
        } catch (VolumeException e) {
            problem = String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            problem = "it cannot be read: " + e;
        }
        Opened found = opened;
        String reason = problem;
        try {
            parts.loop().execute(() -> opened(engine, found, reason, answer));
        } catch (RejectedExecutionException e) {
            if (found != null) {
                found.disks().close();
            }
            answer.complete(refused("the volume is closed"));
        }
    }

    private Opened open() throws VolumeException {
        MetadataPlace place = parts.options().place();
        Disks disks = Disks.forVolume(place, parts.options().directIo());
        boolean good = false;
        try {
            requireSectors(disks, parts.config());
            Opened opened = new Opened(disks, VolumeFactory.readMetadata(place, disks));
            good = true;
            return opened;
        } finally {
            if (!good) {
                disks.close();
            }
        }
    }

    private void requireSectors(Disks disks, ReplicaConfig config) throws VolumeException {
        int unit = disks.data().logicalBlockBytes();
        if (unit > config.sectorBytes()) {
            throw new VolumeException(
                    parts.options().disk()
                            + ": its sectors have "
                            + unit
                            + " bytes, the volume's "
                            + config.sectorBytes()
                            + ": take another disk, or bring the resource down and up");
        }
    }

    private void opened(
            Engine engine,
            @Nullable Opened found,
            String problem,
            CompletableFuture<CommandResult> answer) {
        opening = false;
        if (found == null) {
            answer.complete(refused(problem));
            return;
        }
        if (ended) {
            found.disks().close();
            answer.complete(refused("the volume is closed"));
            return;
        }
        // While there is no disk, the engine asks for nothing: it may as well be this one.
        current = found.disks();
        diskSide.use(found.disks());
        if (!engine.attach(found.attached(), answer)) {
            release();
        }
    }

    private static CommandResult refused(String reason) {
        return new CommandResult(false, "attach-failed", reason);
    }
}
