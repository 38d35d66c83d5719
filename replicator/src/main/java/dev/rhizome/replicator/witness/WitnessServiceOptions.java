package dev.rhizome.replicator.witness;

import dev.rhizome.replicator.VolumeOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * What a witness needs.
 *
 * @param name its name, as in its certificate
 * @param listen where it serves
 * @param state its state file
 * @param certificates the cluster's authority, its own certificate and key
 */
public record WitnessServiceOptions(
        String name,
        InetSocketAddress listen,
        Path state,
        VolumeOptions.CertificateFiles certificates) {}
