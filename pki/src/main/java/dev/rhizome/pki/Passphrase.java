package dev.rhizome.pki;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** What a private key is encrypted by: the first line of a file. */
public final class Passphrase {
    private static final int MAX_BYTES = 1024;
    private static final int MIN_LENGTH = 8;

    private final Path file;
    private final String secret;

    private Passphrase(Path file, String secret) {
        this.file = file;
        this.secret = secret;
    }

    /**
     * Reads it.
     *
     * @param file which nobody but its owner and group may read
     * @throws PkiException if it cannot be used; one line with the cure
     */
    public static Passphrase read(Path file) throws PkiException {
        try {
            if (Files.isDirectory(file)) {
                throw new PkiException(file + " is a directory: name the file with the passphrase");
            }
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (mode.contains(PosixFilePermission.OTHERS_READ)
                    || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new PkiException(file + " can be read by everybody; chmod 600 " + file);
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new PkiException(file + " is too large for a passphrase");
            }
            String line =
                    Files.readString(file, StandardCharsets.ISO_8859_1)
                            .lines()
                            .findFirst()
                            .orElse("");
            if (line.chars().anyMatch(each -> each < ' ' || each > '~')) {
                throw new PkiException(
                        file + " holds a passphrase that is not all ASCII; choose another one");
            }
            if (line.length() < MIN_LENGTH) {
                throw new PkiException(
                        file
                                + " holds no passphrase of at least "
                                + MIN_LENGTH
                                + " characters in its first line");
            }
            return new Passphrase(file, line);
        } catch (IOException e) {
            throw new PkiException("cannot read " + file + ": " + PemFiles.why(e), e);
        }
    }

    Path file() {
        return file;
    }

    char[] characters() {
        return secret.toCharArray();
    }
}
