package dev.rhizome.transport.witness;

import java.net.InetSocketAddress;

/**
 * Where a witness is, and who it must be.
 *
 * @param address where it listens
 * @param name the name in its certificate
 */
public record WitnessAddress(InetSocketAddress address, String name) {

    @Override
    public String toString() {
        return "witness '" + name + "' at " + WitnessServer.text(address);
    }
}
