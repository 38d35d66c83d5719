package dev.rhizome.daemon.config;

import dev.rhizome.daemon.config.ClusterConfiguration.WitnessSettings;
import dev.rhizome.daemon.config.Option.Section;
import dev.rhizome.replicator.VolumeOptions.CertificateFiles;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the section about the witness. */
final class WitnessReader {
    static final String SECTION = "witness";

    private WitnessReader() {}

    /**
     * Reads it; what is wrong is collected.
     *
     * @param nodes the nodes' names
     * @return empty if there is no such section, or something is wrong
     */
    static Optional<WitnessSettings> read(SectionReader root, Set<String> nodes) {
        if (!root.has(SECTION)) {
            return Optional.empty();
        }
        SectionReader section = root.child(SECTION);
        List<String> known = new ArrayList<>(Options.keys(Section.WITNESS));
        known.add("pki");
        section.allowOnly(known);
        SectionReader pki = section.child("pki");
        pki.allowOnly(Options.keys(Section.WITNESS_PKI));
        String name = section.value(Options.WITNESS_NAME, Map.of());
        InetSocketAddress address = section.value(Options.WITNESS_ADDRESS, Map.of());
        Path state = section.value(Options.WITNESS_STATE, Map.of());
        Map<String, String> names = Map.of("WITNESS", name == null ? "" : name);
        CertificateFiles certificates = CertificateReader.witness(pki, names);
        if (name != null && nodes.contains(name)) {
            section.at(
                    Options.WITNESS_NAME.key(),
                    "the witness \"" + name + "\" has the name of a node: give it its own");
            return Optional.empty();
        }
        if (name == null || address == null || state == null || certificates == null) {
            return Optional.empty();
        }
        return Optional.of(new WitnessSettings(name, address, state, certificates));
    }
}
