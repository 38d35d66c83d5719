package dev.rhizome.transport.peer;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a person is to be told of certificates, from thirty days before their end. */
final class CertificateWarnings {
    private static final Duration AHEAD = Duration.ofDays(30);

    private CertificateWarnings() {}

    static List<String> of(
            NodeCredentials credentials,
            Revocations revocations,
            @Nullable X509Certificate peer,
            Instant now) {
        List<String> warnings = new ArrayList<>();
        X509Certificate own = credentials.own();
        String whose = PeerTls.quoted(PeerTls.namesOf(own));
        add(
                warnings,
                ending("this node's certificate, " + whose + ",", own, now),
                "renew it (rhizome pki renew)");
        Instant revoked = revocations.revokedAt(own);
        if (revoked != null) {
            warnings.add(
                    "this node's certificate was revoked on "
                            + revoked
                            + "; peers refuse it, issue a new one (rhizome pki issue)");
        }
        for (X509Certificate authority : credentials.authorities()) {
            add(
                    warnings,
                    ending(
                            "the authority's certificate, "
                                    + authority.getSubjectX500Principal()
                                    + ",",
                            authority,
                            now),
                    "make a new authority, and add it beside this one (docs/pki.md)");
        }
        if (peer != null) {
            add(
                    warnings,
                    ending("the peer's certificate", peer, now),
                    "renew it there; the link that is up stays, a new one would be refused then");
        }
        String overdue = revocations.overdue(now);
        if (!overdue.isEmpty()) {
            warnings.add(overdue);
        }
        return warnings;
    }

    private static void add(List<String> warnings, String ending, String cure) {
        if (!ending.isEmpty()) {
            warnings.add(ending + "; " + cure);
        }
    }

    private static String ending(String what, X509Certificate certificate, Instant now) {
        Instant end = certificate.getNotAfter().toInstant();
        if (now.isAfter(end)) {
            return what + " has expired on " + end;
        }
        // Whole days, so that the text is a new one once a day.
        Duration left = Duration.between(now, end);
        return left.compareTo(AHEAD) > 0
                ? ""
                : what + " expires in " + left.toDays() + " days, on " + end;
    }
}
