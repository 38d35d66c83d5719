package dev.rhizome.transport.peer;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a node's certificates are, as PEM files.
 *
 * @param authority the cluster's CA certificate; several while an authority is being replaced
 * @param certificate this node's certificate, with intermediate ones after it if there are any
 * @param key this node's private key: PKCS#8
 * @param passphrase the file with the key's passphrase; null if the key is not encrypted
 * @param revoked the authority's list of certificates that are not good any more (CRL); null for
 *     none, and a file that is not there is none, too
 */
public record TlsFiles(
        Path authority,
        Path certificate,
        Path key,
        @Nullable Path passphrase,
        @Nullable Path revoked) {

    /** With a key that is not encrypted, and nobody revoked. */
    public TlsFiles(Path authority, Path certificate, Path key) {
        this(authority, certificate, key, null, null);
    }

    /** The same with a list of revoked certificates. */
    public TlsFiles withRevoked(@Nullable Path list) {
        return new TlsFiles(authority, certificate, key, passphrase, list);
    }

    /** The same with a passphrase for the key. */
    public TlsFiles withPassphrase(@Nullable Path file) {
        return new TlsFiles(authority, certificate, key, file, revoked);
    }
}
