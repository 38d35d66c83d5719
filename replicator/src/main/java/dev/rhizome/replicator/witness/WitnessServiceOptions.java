package dev.rhizome.replicator.witness;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * What a witness needs.
 *
 * @param name its name, as in its certificate
 * @param listen where it serves
 * @param state its state file
 * @param authority the certificate of the cluster's authority
 * @param certificate its own certificate
 * @param key its private key
 */
public record WitnessServiceOptions(
        String name,
        InetSocketAddress listen,
        Path state,
        Path authority,
        Path certificate,
        Path key) {}
