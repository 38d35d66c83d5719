package dev.rhizome.pki;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What there is to know of a certificate, for a person.
 *
 * @param file where it is
 * @param authority whether it is an authority's
 * @param subject whose it is
 * @param names the node's name
 * @param serial hexadecimal
 * @param validFrom when it begins to be valid
 * @param validUntil when it ends
 * @param daysLeft whole days from now until then; negative once it has ended
 * @param fingerprint its SHA-256
 * @param state valid, not-yet-valid, expired, revoked, or foreign: of another authority than the
 *     one in the directory
 * @param revokedAt when it was revoked, if it was
 */
public record CertificateReport(
        Path file,
        boolean authority,
        String subject,
        List<String> names,
        String serial,
        Instant validFrom,
        Instant validUntil,
        long daysLeft,
        String fingerprint,
        String state,
        @Nullable Instant revokedAt) {

    /**
     * All that are known in a directory, the authority first. No private key is needed.
     *
     * @param which only this node's, or the authority's ("ca"), or that of one file; null for all
     * @throws PkiException if there is none, or something is damaged
     */
    public static List<CertificateReport> of(Path directory, @Nullable String which, Instant now)
            throws PkiException {
        Path authorityFile = CertificateAuthority.certificateFile(directory);
        if (which != null && isFile(which)) {
            X509Certificate authority =
                    Files.exists(authorityFile) ? Issued.read(authorityFile) : null;
            Path file = Path.of(which);
            X509Certificate one = Issued.read(file);
            RevocationList list = authority == null ? null : list(directory, authority);
            return List.of(of(file, one, authority, list, now));
        }
        X509Certificate authority = Issued.read(authorityFile);
        RevocationList list = list(directory, authority);
        List<CertificateReport> reports = new ArrayList<>();
        if (which == null || which.equals(CertificateAuthority.FILE_STEM)) {
            reports.add(of(authorityFile, authority, authority, list, now));
        }
        Map<X509Certificate, Path> issued = Issued.all(directory, authority);
        for (Map.Entry<X509Certificate, Path> each : issued.entrySet()) {
            if (which == null || Issued.names(each.getKey()).contains(which)) {
                reports.add(of(each.getValue(), each.getKey(), authority, list, now));
            }
        }
        if (reports.isEmpty()) {
            throw new PkiException(
                    "no certificate of " + which + " is known in " + directory + "; name its file");
        }
        return reports;
    }

    private static boolean isFile(String which) {
        return which.contains("/") || Files.isRegularFile(Path.of(which));
    }

    private static @Nullable RevocationList list(Path directory, X509Certificate authority)
            throws PkiException {
        return RevocationList.read(CertificateAuthority.revocationFile(directory), authority);
    }

    private static CertificateReport of(
            Path file,
            X509Certificate certificate,
            @Nullable X509Certificate authority,
            @Nullable RevocationList list,
            Instant now)
            throws PkiException {
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        boolean own = authority == null || Issued.signed(authority, certificate);
        Instant revokedAt = list == null || !own ? null : list.revokedAt(certificate);
        String state;
        if (!own) {
            state = "foreign";
        } else if (revokedAt != null) {
            state = "revoked";
        } else if (now.isAfter(until)) {
            state = "expired";
        } else {
            state = now.isBefore(from) ? "not-yet-valid" : "valid";
        }
        return new CertificateReport(
                file,
                certificate.getBasicConstraints() >= 0,
                certificate.getSubjectX500Principal().getName(),
                Issued.names(certificate),
                Issued.serial(certificate.getSerialNumber()),
                from,
                until,
                Math.floorDiv(Duration.between(now, until).toSeconds(), 86_400L),
                fingerprint(certificate),
                state,
                revokedAt);
    }

    private static String fingerprint(X509Certificate certificate) throws PkiException {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(hash);
        } catch (GeneralSecurityException e) {
            throw new PkiException("cannot make a fingerprint: " + e.getMessage(), e);
        }
    }
}
