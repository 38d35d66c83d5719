package dev.rhizome.daemon.doctor;

import dev.rhizome.replicator.VolumeOptions.CertificateFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The node's certificate and key, and the authority's certificate. */
final class CertificateFacts {
    private static final Set<PosixFilePermission> OTHERS =
            Set.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    private CertificateFacts() {}

    static void gather(CertificateFiles files, Facts facts) {
        X509Certificate authority = read(files.authority(), "authority", facts);
        X509Certificate own = read(files.certificate(), "certificate", facts);
        if (authority != null && own != null) {
            facts.put("certificate.of-authority", isOf(own, authority) ? "yes" : "no");
        }
        key(files.key(), facts);
    }

    private static @Nullable X509Certificate read(Path file, String name, Facts facts) {
        facts.put(name + ".file", file);
        try (InputStream in = Files.newInputStream(file)) {
            X509Certificate certificate =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509").generateCertificate(in);
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            facts.put(
                    name + ".sha256",
                    HexFormat.of().formatHex(sha256.digest(certificate.getEncoded())));
            facts.put(name + ".until-ms", certificate.getNotAfter().toInstant().toEpochMilli());
            facts.put(name + ".from-ms", certificate.getNotBefore().toInstant().toEpochMilli());
            facts.put(name + ".names", names(certificate));
            return certificate;
        } catch (IOException | GeneralSecurityException e) {
            facts.put(name + ".unreadable", why(e));
            return null;
        }
    }

    private static String why(Exception e) {
        return e instanceof java.nio.file.NoSuchFileException
                ? "it is not there"
                : String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }

    private static String names(X509Certificate certificate) throws GeneralSecurityException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names == null
                ? ""
                : names.stream()
                        .map(name -> String.valueOf(name.get(1)))
                        .collect(Collectors.joining(","));
    }

    private static boolean isOf(X509Certificate own, X509Certificate authority) {
        try {
            own.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static void key(Path file, Facts facts) {
        facts.put("key.file", file);
        try {
            boolean open = Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains);
            facts.put("key.open-to-others", open ? "yes" : "no");
        } catch (IOException | UnsupportedOperationException e) {
            facts.put("key.unreadable", why(e));
        }
    }
}
