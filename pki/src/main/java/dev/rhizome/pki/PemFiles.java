package dev.rhizome.pki;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes PEM files. A file appears whole or not at all: written beside its place with its
 * final mode, made durable, then renamed.
 */
final class PemFiles {
    private static final String KEY_MODE = "rw-------";
    private static final String CERTIFICATE_MODE = "rw-r--r--";
    private static final String DIRECTORY_MODE = "rwx------";
    private static final long MAX_FILE_BYTES = 64 * 1024;

    private PemFiles() {}

    /** Makes a directory, for its owner only, if it is not there. */
    static void ensureDirectory(Path directory) throws PkiException {
        try {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString(DIRECTORY_MODE)));
        } catch (IOException e) {
            throw new PkiException("cannot make the directory " + directory + ": " + why(e), e);
        }
    }

    /** Refuses if one of the files is there. */
    static void refuseExisting(Path... files) throws PkiException {
        for (Path file : files) {
            if (Files.exists(file)) {
                throw new PkiException(file + " exists already; use --force to replace it");
            }
        }
    }

    static void writeCertificate(Path file, byte[] der) throws PkiException {
        write(file, "CERTIFICATE", der, CERTIFICATE_MODE);
    }

    static void writeKey(Path file, byte[] pkcs8) throws PkiException {
        write(file, "PRIVATE KEY", pkcs8, KEY_MODE);
    }

    /**
     * Reads the first object of a PEM file.
     *
     * @param type the label that it must have
     */
    static byte[] read(Path file, String type) throws PkiException {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new PkiException(file + " is too large for a PEM file");
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            try (PemReader reader = new PemReader(new StringReader(text))) {
                PemObject object = reader.readPemObject();
                if (object == null || !object.getType().equals(type)) {
                    throw new PkiException(file + " does not start with a PEM \"" + type + "\"");
                }
                return object.getContent();
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new PkiException("cannot read " + file + ": " + why(e), e);
        }
    }

    private static void write(Path file, String type, byte[] content, String mode)
            throws PkiException {
        Path directory = file.resolveSibling(".");
        Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        try {
            StringWriter text = new StringWriter();
            try (PemWriter writer = new PemWriter(text)) {
                writer.writeObject(new PemObject(type, content));
            }
            writeDurably(temporary, text.toString(), mode);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (IOException e) {
            PkiException failure = new PkiException("cannot write " + file + ": " + why(e), e);
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException left) {
                failure.addSuppressed(left);
            }
            throw failure;
        }
    }

    private static void writeDurably(Path file, String text, String mode) throws IOException {
        ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString(mode)))) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private static String why(Exception e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof FileSystemException inFile) {
            @Nullable String reason = inFile.getReason();
            return reason == null ? e.getClass().getSimpleName() : reason;
        }
        return String.valueOf(e.getMessage());
    }
}
