package dev.rhizome.daemon.control;

import dev.rhizome.replicator.CertificateStatus;
import dev.rhizome.replicator.CertificatesStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node's certificates in its status. */
final class CertificateText {

    private CertificateText() {}

    static Map<String, Object> json(CertificatesStatus certificates) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("own", json(certificates.own()));
        tree.put(
                "authorities",
                certificates.authorities().stream().map(CertificateText::json).toList());
        tree.put("warnings", certificates.warnings());
        return tree;
    }

    /** What both nodes have shown on the link that is up. */
    static void putShown(Map<String, Object> connection, CertificatesStatus certificates) {
        put(connection, "own-certificate", certificates.shown());
        put(connection, "peer-certificate", certificates.peer());
    }

    private static void put(
            Map<String, Object> connection, String name, @Nullable CertificateStatus certificate) {
        if (certificate != null) {
            connection.put(name, json(certificate));
        }
    }

    private static Map<String, Object> json(CertificateStatus certificate) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("subject", certificate.subject());
        tree.put("names", certificate.names());
        tree.put("serial", certificate.serial());
        tree.put("valid-until", certificate.validUntil().toString());
        return tree;
    }

    /** For people: what the peer has shown on the link that is up. */
    static void appendPeer(StringBuilder text, CertificatesStatus certificates) {
        CertificateStatus peer = certificates.peer();
        if (peer != null) {
            text.append("    certificate:").append(String.join(",", peer.names()));
            text.append(" valid-until:").append(peer.validUntil());
            text.append(" serial:").append(peer.serial()).append('\n');
        }
    }

    /** For people: what they should know. */
    static void appendWarnings(StringBuilder text, CertificatesStatus certificates) {
        for (String warning : certificates.warnings()) {
            text.append("  warning:").append(warning).append('\n');
        }
    }
}
