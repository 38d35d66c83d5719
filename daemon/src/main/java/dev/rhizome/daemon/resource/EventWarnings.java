package dev.rhizome.daemon.resource;

import java.util.Set;

/**
 * Events that a person must see who looks at warnings only: redundancy is lost, clients wait or get
 * errors, the nodes do not agree, something is left undone.
 */
final class EventWarnings {
    /** The names of their rules. */
    static final Set<String> RULES =
            Set.of(
                    // The peer and its data.
                    "link-down",
                    "peer-silent",
                    "peer-late",
                    "peer-expelled",
                    "protocol-error",
                    "split-brain",
                    "options-differ",
                    "target-not-prepared",
                    "gave-way",
                    "promoted-unfenced",
                    "fence-peer-no-answer",
                    "fence-peer-is-primary",
                    "unfence-peer-failed",
                    // Clients.
                    "io-suspended",
                    "relink-late",
                    "clients-remain",
                    "device-failed",
                    "demotion-flush-failed",
                    // Disks.
                    "local-io-error",
                    "call-local-io-error",
                    "pass-on",
                    "last-good-disk",
                    "flush-failed",
                    "read-repair",
                    "disk-timeout",
                    "peer-io-error",
                    "resync-read-error",
                    "resync-flush-error",
                    "verify-found",
                    "resize-failed",
                    // Certificates.
                    "certificate-problem",
                    "certificate-warning");

    private EventWarnings() {}
}
