package dev.rhizome.transport.nbd;

import org.jspecify.annotations.Nullable;

/**
 * Where a connection comes from.
 *
 * @param security what it must do first
 * @param adopted who is told of its end, if the server was given its socket; then it begins in
 *     transmission
 * @param client for a person: an address, or empty
 */
record NbdOrigin(NbdSecurity security, @Nullable NbdAdopted adopted, String client) {
    static final NbdOrigin UNIX = new NbdOrigin(NbdSecurity.LOCAL, null, "");

    static NbdOrigin adopted(NbdAdopted adopted) {
        return new NbdOrigin(NbdSecurity.LOCAL, adopted, "");
    }

    static NbdOrigin remote(String address) {
        return new NbdOrigin(NbdSecurity.TLS_REQUIRED, null, " from " + address);
    }
}
