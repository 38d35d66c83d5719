package dev.rhizome.replicator;

import dev.rhizome.transport.peer.LinkStatistics;
import dev.rhizome.transport.peer.LiveTls;
import dev.rhizome.transport.peer.LiveTls.Look;
import dev.rhizome.transport.peer.PeerTls;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A volume's certificates while it is open: has changed files taken up, and says what ends soon.
 * Belongs to the event loop, but for {@link #look}.
 */
final class VolumeCertificates {
    private final LiveTls live;
    private final LinkStatistics link;
    private final EventJournal journal;
    private final Consumer<PeerTls> users;
    private @Nullable CertificateWatch watch;
    private List<String> told = List.of();

    /**
     * @param users told of another certificate or list
     */
    VolumeCertificates(LocalVolume.Parts parts, Consumer<PeerTls> users) {
        live = parts.tls();
        link = parts.linkStatistics();
        journal = parts.journal();
        this.users = users;
    }

    /**
     * Has the files looked at.
     *
     * @param looked takes what has come of it to {@link #apply}
     */
    void begin(Consumer<Look> looked) {
        watch = CertificateWatch.begin(() -> looked.accept(live.look(false)));
    }

    /** Blocks; not on the event loop. What it has found is to be given to {@link #apply}. */
    Look look() {
        return live.look(true);
    }

    /** What has come of a look. */
    void apply(Look look) {
        if (look.changed()) {
            journal.add("certificate-renewed", "for new connections: " + look.news());
            users.accept(live.current());
        }
        if (!look.problem().isEmpty()) {
            journal.add("certificate-problem", look.problem());
        }
        List<String> now = live.current().warnings(link.peerCertificate());
        for (String warning : now) {
            if (!told.contains(warning)) {
                journal.add("certificate-warning", warning);
            }
        }
        told = now;
    }

    /** For the operator who has asked. */
    CommandResult result(Look look) {
        String problem = live.problem();
        if (!problem.isEmpty()) {
            return new CommandResult(false, "certificate-problem", problem);
        }
        return look.changed()
                ? new CommandResult(true, "certificate-renewed", look.news())
                : new CommandResult(true, "certificate-unchanged", "they are as they were");
    }

    CertificatesStatus status() {
        PeerTls tls = live.current();
        List<String> warnings = new ArrayList<>(tls.warnings(link.peerCertificate()));
        if (!live.problem().isEmpty()) {
            warnings.add(live.problem());
        }
        return new CertificatesStatus(
                CertificateStatus.known(tls.certificate()),
                tls.authorities().stream().map(CertificateStatus::known).toList(),
                CertificateStatus.of(link.ownCertificate()),
                CertificateStatus.of(link.peerCertificate()),
                List.copyOf(warnings));
    }

    void close() {
        CertificateWatch watching = watch;
        if (watching != null) {
            watching.close();
        }
    }
}
