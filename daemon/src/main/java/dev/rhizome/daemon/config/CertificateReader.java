package dev.rhizome.daemon.config;

import dev.rhizome.replicator.VolumeOptions.CertificateFiles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a section about certificates: a node's or the witness's. */
final class CertificateReader {

    private CertificateReader() {}

    /**
     * Reads it; what is wrong is collected.
     *
     * @param names what stands for the names in defaults
     * @return null if something is wrong
     */
    static @Nullable CertificateFiles node(SectionReader pki, Map<String, String> names) {
        return read(
                pki,
                names,
                Options.AUTHORITY,
                Options.CERTIFICATE,
                Options.KEY,
                Options.KEY_PASSPHRASE,
                Options.REVOKED);
    }

    /** The same for the witness. */
    static @Nullable CertificateFiles witness(SectionReader pki, Map<String, String> names) {
        return read(
                pki,
                names,
                Options.WITNESS_AUTHORITY,
                Options.WITNESS_CERTIFICATE,
                Options.WITNESS_KEY,
                Options.WITNESS_KEY_PASSPHRASE,
                Options.WITNESS_REVOKED);
    }

    private static @Nullable CertificateFiles read(
            SectionReader pki,
            Map<String, String> names,
            Option<Path> authorityOption,
            Option<Path> certificateOption,
            Option<Path> keyOption,
            Option<Optional<Path>> passphraseOption,
            Option<Path> revokedOption) {
        Path authority = pki.value(authorityOption, names);
        Path certificate = pki.value(certificateOption, names);
        Path key = pki.value(keyOption, names);
        Optional<Path> passphrase = pki.value(passphraseOption, names);
        // A list that is elsewhere than the rest must not be forgotten.
        Map<String, String> beside = new LinkedHashMap<>();
        Path folder = authority == null ? null : authority.getParent();
        if (folder != null) {
            beside.put(Options.PKI_FOLDER, folder.toString());
        }
        Path revoked = pki.value(revokedOption, beside);
        return authority == null
                        || certificate == null
                        || key == null
                        || passphrase == null
                        || revoked == null
                ? null
                : new CertificateFiles(
                        authority, certificate, key, passphrase.orElse(null), revoked);
    }
}
