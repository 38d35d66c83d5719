package dev.rhizome.pki;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
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

    static final String CERTIFICATE = "CERTIFICATE";
    static final String KEY = "PRIVATE KEY";
    static final String ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY";
    static final String REVOCATIONS = "X509 CRL";

    static PemObject certificate(byte[] der) {
        return new PemObject(CERTIFICATE, der);
    }

    static void writeCertificate(Path file, byte[] der) throws PkiException {
        write(file, certificate(der), CERTIFICATE_MODE);
    }

    static void writeRevocations(Path file, byte[] der) throws PkiException {
        write(file, new PemObject(REVOCATIONS, der), CERTIFICATE_MODE);
    }

    /**
     * Writes a key and its certificate. Both are whole and durable before the first takes its
     * place, so that the pair does not fit together for a moment only.
     */
    static void writePair(Path keyFile, PemObject key, Path certificateFile, byte[] certificate)
            throws PkiException {
        Path freshKey = prepare(keyFile, key, KEY_MODE);
        Path freshCertificate;
        try {
            freshCertificate = prepare(certificateFile, certificate(certificate), CERTIFICATE_MODE);
        } catch (PkiException e) {
            discard(freshKey, e);
            throw e;
        }
        take(freshKey, keyFile);
        take(freshCertificate, certificateFile);
    }

    /**
     * Reads the first object of a PEM file.
     *
     * @param types the labels that it may have
     */
    static PemObject read(Path file, String... types) throws PkiException {
        for (PemObject object : readAll(file)) {
            if (List.of(types).contains(object.getType())) {
                return object;
            }
            break;
        }
        throw new PkiException(
                file + " does not start with a PEM \"" + types[0] + "\"; restore it");
    }

    /** All objects of a PEM file. */
    static List<PemObject> readAll(Path file) throws PkiException {
        try {
            if (Files.isDirectory(file)) {
                throw new PkiException(file + " is a directory; name a file");
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new PkiException(file + " is too large for a PEM file");
            }
            return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new PkiException("cannot read " + file + ": " + why(e), e);
        }
    }

    /** All objects of a PEM text. */
    static List<PemObject> parse(String text) throws IOException {
        List<PemObject> objects = new ArrayList<>();
        try (PemReader reader = new PemReader(new StringReader(text))) {
            for (PemObject object = reader.readPemObject();
                    object != null;
                    object = reader.readPemObject()) {
                objects.add(object);
            }
        } catch (IllegalStateException | IllegalArgumentException e) {
            throw new IOException("it is damaged (not Base64); restore it", e);
        }
        return objects;
    }

    static String text(PemObject object) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }

    private static void write(Path file, PemObject object, String mode) throws PkiException {
        take(prepare(file, object, mode), file);
    }

    /** Writes beside its place. */
    private static Path prepare(Path file, PemObject object, String mode) throws PkiException {
        Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        try {
            writeDurably(temporary, text(object), mode);
            return temporary;
        } catch (IOException e) {
            PkiException failure = new PkiException("cannot write " + file + ": " + why(e), e);
            discard(temporary, failure);
            throw failure;
        }
    }

    private static void take(Path prepared, Path file) throws PkiException {
        try {
            Files.move(prepared, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel =
                    FileChannel.open(file.resolveSibling("."), StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (IOException e) {
            PkiException failure = new PkiException("cannot write " + file + ": " + why(e), e);
            discard(prepared, failure);
            throw failure;
        }
    }

    private static void discard(Path temporary, PkiException failure) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException left) {
            failure.addSuppressed(left);
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

    static String why(Exception e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "this user may not; check its owner and mode";
        }
        if (e instanceof FileSystemException inFile) {
            @Nullable String reason = inFile.getReason();
            return reason == null ? e.getClass().getSimpleName() : reason;
        }
        return String.valueOf(e.getMessage());
    }
}
