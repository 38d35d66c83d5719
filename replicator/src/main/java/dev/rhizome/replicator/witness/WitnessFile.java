package dev.rhizome.replicator.witness;

import dev.rhizome.core.witness.LedgerCodec;
import dev.rhizome.core.witness.LedgerImage;
import dev.rhizome.core.witness.WitnessFormatException;
import dev.rhizome.transport.witness.WitnessStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A witness's state file. It is replaced as a whole: a new file is written beside it and made
 * durable, takes its name, and the directory is made durable. So after a crash the name leads to a
 * whole file, the old one or the new one, and damage is always damage: it is reported, and nothing
 * is guessed. A lock on another file beside it keeps a second process away.
 */
public final class WitnessFile implements WitnessStore, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WitnessFile.class);
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final String BE_SURE =
            "make sure that no node has gone on alone (see docs/witness.md), ";

    private final Path file;
    private final Path fresh;
    private final FileChannel lock;
    private LedgerImage image = LedgerImage.EMPTY;

    private WitnessFile(Path file, FileChannel lock) {
        this.file = file;
        this.lock = lock;
        fresh = beside(file, ".new");
    }

    /**
     * Makes the file of a witness that has granted nothing.
     *
     * @throws WitnessException if there is one, or it cannot be made
     */
    public static void create(Path file) throws WitnessException {
        try (WitnessFile created = locked(file)) {
            if (Files.exists(file)) {
                throw new WitnessException(
                        file + " is there already: a witness that forgets its grants is dangerous");
            }
            created.write(LedgerCodec.encode(LedgerImage.EMPTY));
        } catch (IOException e) {
            throw new WitnessException("cannot make " + file + ": " + reason(e), e);
        }
    }

    /**
     * Opens the file, which stays locked until {@link #close}.
     *
     * @throws WitnessException if it is not there, is damaged, or is in use
     */
    public static WitnessFile open(Path file) throws WitnessException {
        WitnessFile opened = locked(file);
        try {
            opened.image = opened.read();
            return opened;
        } catch (WitnessException e) {
            opened.close();
            throw e;
        }
    }

    private static WitnessFile locked(Path file) throws WitnessException {
        Path lockFile = beside(file, ".lock");
        FileChannel channel = null;
        try {
            channel =
                    FileChannel.open(
                            lockFile,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                            OWNER_ONLY);
            FileLock held = channel.tryLock();
            if (held != null) {
                return new WitnessFile(file, channel);
            }
        } catch (OverlappingFileLockException e) {
            LOG.debug("locked by this process", e);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new WitnessException("cannot lock " + lockFile + ": " + reason(e), e);
        }
        closeQuietly(channel);
        throw new WitnessException(file + " is in use by another process: stop it first");
    }

    private static Path beside(Path file, String ending) {
        return file.resolveSibling(file.getFileName() + ending);
    }

    private LedgerImage read() throws WitnessException {
        if (!Files.exists(file)) {
            throw new WitnessException(
                    file
                            + " is not there: for a new witness, run 'rhizome witness create'; if"
                            + " it was lost, "
                            + BE_SURE
                            + "and then run that");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > LedgerCodec.MAX_BYTES) {
                throw damaged("it is too long");
            }
            ByteBuffer all = ByteBuffer.allocate((int) channel.size());
            while (all.hasRemaining() && channel.read(all) >= 0) {
                // Until all is there.
            }
            return LedgerCodec.decode(all.array());
        } catch (WitnessFormatException e) {
            throw damaged(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new WitnessException("cannot read " + file + ": " + reason(e), e);
        }
    }

    private WitnessException damaged(String why) {
        return new WitnessException(
                file
                        + " cannot be used: "
                        + why
                        + "; "
                        + BE_SURE
                        + "move the file away, and run 'rhizome witness create'");
    }

    /** What was in the file when it was opened. */
    public LedgerImage image() {
        return image;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        try {
            Files.deleteIfExists(fresh);
            try (FileChannel channel =
                    FileChannel.open(
                            fresh,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            OWNER_ONLY)) {
                ByteBuffer rest = ByteBuffer.wrap(bytes);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel directory = FileChannel.open(directory(), StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + reason(e), e);
        }
    }

    private Path directory() {
        Path parent = file.toAbsolutePath().getParent();
        return parent == null ? Path.of("/") : parent;
    }

    @Override
    public void close() {
        closeQuietly(lock);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.warn("cannot close a lock file: {}", e.getMessage());
        }
    }

    /** The kind of exception says what its message does not. */
    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
}
