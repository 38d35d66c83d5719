package dev.rhizome.daemon.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.pki.CertificateReport;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code rhizome pki show} prints. */
final class PkiReports {

    private PkiReports() {}

    static String text(List<CertificateReport> reports) {
        StringBuilder text = new StringBuilder();
        for (CertificateReport each : reports) {
            text.append(each.subject());
            text.append(each.authority() ? " authority " : " node ").append(each.state());
            Instant revokedAt = each.revokedAt();
            if (revokedAt != null) {
                text.append(" on ").append(revokedAt);
            }
            text.append("\n  file:").append(each.file());
            text.append("\n  names:").append(String.join(",", each.names()));
            text.append("\n  serial:").append(each.serial());
            text.append("\n  valid-from:").append(each.validFrom());
            text.append(" valid-until:").append(each.validUntil());
            text.append(" days-left:").append(each.daysLeft());
            text.append("\n  sha256:").append(each.fingerprint()).append('\n');
        }
        return text.toString();
    }

    static String json(List<CertificateReport> reports) throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        for (CertificateReport each : reports) {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("file", each.file().toString());
            tree.put("authority", each.authority());
            tree.put("subject", each.subject());
            tree.put("names", each.names());
            tree.put("serial", each.serial());
            tree.put("valid-from", each.validFrom().toString());
            tree.put("valid-until", each.validUntil().toString());
            tree.put("days-left", each.daysLeft());
            tree.put("sha256", each.fingerprint());
            tree.put("state", each.state());
            Instant revokedAt = each.revokedAt();
            if (revokedAt != null) {
                tree.put("revoked-at", revokedAt.toString());
            }
            all.add(tree);
        }
        return JSON.std.asString(all) + "\n";
    }
}
