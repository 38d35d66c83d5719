package dev.rhizome.transport.peer;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which certificates the cluster's authority has taken back: its certificate revocation list (RFC
 * 5280, section 5), one for each authority. A list that is overdue counts all the same: to refuse
 * everybody because nobody has made a new one would be an outage, and an old list refuses no fewer.
 */
final class Revocations {
    /** Nobody is revoked. */
    static final Revocations NONE = new Revocations(null, List.of());

    private static final String DELTA = "2.5.29.27";

    private final @Nullable Path file;
    private final List<X509CRL> lists;

    private Revocations(@Nullable Path file, List<X509CRL> lists) {
        this.file = file;
        this.lists = lists;
    }

    /**
     * Reads the lists of a file.
     *
     * @param file null, or a file that is not there: nobody is revoked
     * @param authorities one of whom must have signed each list
     * @throws TlsSetupException one line: what is wrong with the file, and the cure
     */
    static Revocations load(@Nullable Path file, List<X509Certificate> authorities)
            throws TlsSetupException {
        // A link that leads nowhere is a mistake, and no absence.
        if (file == null || !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return NONE;
        }
        List<X509CRL> lists = new ArrayList<>();
        for (X509CRL list : PemFiles.revocationLists(file)) {
            if (authorities.stream().noneMatch(each -> signed(each, list))) {
                throw new TlsSetupException(
                        file
                                + " is not signed by this cluster's CA but by "
                                + list.getIssuerX500Principal()
                                + "; copy the ca.crl of this cluster's authority",
                        null);
            }
            if (list.getExtensionValue(DELTA) != null) {
                throw new TlsSetupException(
                        file + " is only a part of a list (a delta CRL); use the whole one", null);
            }
            lists.add(list);
        }
        return new Revocations(file, List.copyOf(lists));
    }

    private static boolean signed(X509Certificate authority, X509CRL list) {
        if (!authority.getSubjectX500Principal().equals(list.getIssuerX500Principal())) {
            return false;
        }
        try {
            list.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Whether there is a list at all. */
    boolean listed() {
        return !lists.isEmpty();
    }

    /** How many certificates are revoked. */
    int count() {
        return lists.stream()
                .mapToInt(
                        list -> {
                            var entries = list.getRevokedCertificates();
                            return entries == null ? 0 : entries.size();
                        })
                .sum();
    }

    /** When a certificate was revoked; null if it was not. */
    @Nullable Instant revokedAt(X509Certificate certificate) {
        for (X509CRL list : lists) {
            X509CRLEntry entry = list.getRevokedCertificate(certificate);
            if (entry != null) {
                return entry.getRevocationDate().toInstant();
            }
        }
        return null;
    }

    /** What is to be said of lists that should have been replaced by now; empty if none. */
    String overdue(Instant now) {
        for (X509CRL list : lists) {
            if (list.getNextUpdate() != null && now.isAfter(list.getNextUpdate().toInstant())) {
                return file
                        + " was to be replaced by "
                        + list.getNextUpdate().toInstant()
                        + "; it still counts, put a new one there";
            }
        }
        return "";
    }

    boolean sameAs(Revocations other) {
        return lists.equals(other.lists);
    }
}
