package dev.rhizome.replicator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of a node and of its link.
 *
 * @param own what this node shows on connections that are made now
 * @param authorities whom it trusts
 * @param shown what it has shown on the link that is up; null while there is none
 * @param peer what the peer has shown on it
 * @param warnings what a person should know of them: those that end soon, or are not good any more;
 *     one line each
 */
public record CertificatesStatus(
        CertificateStatus own,
        List<CertificateStatus> authorities,
        @Nullable CertificateStatus shown,
        @Nullable CertificateStatus peer,
        List<String> warnings) {}
