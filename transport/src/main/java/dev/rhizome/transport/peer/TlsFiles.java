package dev.rhizome.transport.peer;

import java.nio.file.Path;

/**
 * Where a node's certificates are, as PEM files.
 *
 * @param authority the cluster's CA certificate; several while an authority is being replaced
 * @param certificate this node's certificate, with intermediate ones after it if there are any
 * @param key this node's private key: PKCS#8, not encrypted
 */
public record TlsFiles(Path authority, Path certificate, Path key) {}
