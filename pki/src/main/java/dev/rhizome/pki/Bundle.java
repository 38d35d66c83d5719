package dev.rhizome.pki;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/**
 * All that a node needs of the authority, as one PEM text: its certificate, the list of revoked
 * ones, and the node's certificate and key. It is as secret as the key in it.
 */
public final class Bundle {
    private static final String NAME = "the bundle";

    private Bundle() {}

    /**
     * Makes one.
     *
     * @param directory where the authority's files are
     * @param nodeName whose certificate and key go with it; null for none: a newer list only
     */
    public static String of(Path directory, @Nullable String nodeName) throws PkiException {
        List<PemObject> all = new ArrayList<>();
        Path authorityFile = CertificateAuthority.certificateFile(directory);
        X509Certificate authority = Issued.read(authorityFile);
        all.add(PemFiles.read(authorityFile, PemFiles.CERTIFICATE));
        Path list = CertificateAuthority.revocationFile(directory);
        if (RevocationList.read(list, authority) != null) {
            all.add(PemFiles.read(list, PemFiles.REVOCATIONS));
        }
        if (nodeName != null) {
            Names.checkNode(nodeName);
            addNode(all, directory, nodeName);
        }
        try {
            StringBuilder text = new StringBuilder();
            for (PemObject each : all) {
                text.append(PemFiles.text(each));
            }
            parse(text.toString()).check();
            return text.toString();
        } catch (IOException e) {
            throw new PkiException("cannot make a bundle: " + e.getMessage(), e);
        }
    }

    private static void addNode(List<PemObject> all, Path directory, String nodeName)
            throws PkiException {
        Path file = CertificateAuthority.certificateFile(directory, nodeName);
        X509Certificate certificate = Issued.read(file);
        if (!Issued.names(certificate).contains(nodeName)) {
            throw new PkiException(file + " is not for " + nodeName + "; issue it again");
        }
        all.add(PemFiles.read(file, PemFiles.CERTIFICATE));
        Path keyFile = CertificateAuthority.keyFile(directory, nodeName);
        PemObject key = PemFiles.read(keyFile, PemFiles.KEY, PemFiles.ENCRYPTED_KEY);
        // An encrypted one cannot be looked into.
        if (key.getType().equals(PemFiles.KEY)
                && !PrivateKeys.belongTogether(
                        certificate, PrivateKeys.decode(keyFile.toString(), key.getContent()))) {
            throw new PkiException(
                    keyFile + " is not the key of " + file + "; issue both again (--force)");
        }
        all.add(key);
    }

    /** What is in one. */
    private record Content(
            X509Certificate authority,
            @Nullable RevocationList list,
            @Nullable X509Certificate node,
            @Nullable PemObject key) {

        void check() throws PkiException {
            if (authority.getBasicConstraints() < 0) {
                throw new PkiException(NAME + " does not begin with an authority's certificate");
            }
            X509Certificate leaf = node;
            PemObject itsKey = key;
            if ((leaf == null) != (itsKey == null)) {
                throw new PkiException(NAME + " is not whole: make and send it again");
            }
            if (leaf != null && !Issued.signed(authority, leaf)) {
                throw new PkiException(
                        "the node's certificate in "
                                + NAME
                                + " is not signed by the authority in it; issue it again");
            }
            // An encrypted one cannot be looked into.
            if (leaf != null
                    && itsKey != null
                    && itsKey.getType().equals(PemFiles.KEY)
                    && !PrivateKeys.belongTogether(
                            leaf, PrivateKeys.decode(NAME, itsKey.getContent()))) {
                throw new PkiException(
                        "the key in "
                                + NAME
                                + " is not that of the certificate in it; make and send it again");
            }
        }
    }

    private static Content parse(String text) throws PkiException {
        X509Certificate authority = null;
        X509Certificate node = null;
        PemObject key = null;
        PemObject list = null;
        try {
            for (PemObject each : PemFiles.parse(text)) {
                switch (each.getType()) {
                    case PemFiles.CERTIFICATE -> {
                        X509Certificate certificate = Issued.parse(NAME, each);
                        if (authority == null) {
                            authority = certificate;
                        } else {
                            node = certificate;
                        }
                    }
                    case PemFiles.REVOCATIONS -> list = each;
                    case PemFiles.KEY, PemFiles.ENCRYPTED_KEY -> key = each;
                    default ->
                            throw new PkiException(
                                    NAME + " holds what does not belong there: " + each.getType());
                }
            }
        } catch (IOException e) {
            throw new PkiException(NAME + " is damaged: make and send it again", e);
        }
        if (authority == null) {
            throw new PkiException(
                    NAME + " is empty: it is read from the input, and made by 'pki bundle NODE'");
        }
        return new Content(
                authority,
                list == null ? null : RevocationList.parse(NAME, list, authority),
                node,
                key);
    }

    /**
     * Writes what is in one to files: {@code ca.crt}, {@code ca.crl}, {@code NODE.crt} and {@code
     * NODE.key}. Of the same authority it replaces what is there, but no list by an older one.
     *
     * @param force replace another authority, too
     * @return the files that were written
     */
    public static List<Path> install(Path directory, String text, boolean force)
            throws PkiException {
        Content content = parse(text);
        content.check();
        X509Certificate node = content.node();
        PemObject key = content.key();
        String name = node == null ? "" : nameOf(node);
        Path authorityFile = CertificateAuthority.certificateFile(directory);
        boolean known = Files.exists(authorityFile);
        boolean same = known && Issued.read(authorityFile).equals(content.authority());
        if (known && !same && !force) {
            throw new PkiException(
                    authorityFile
                            + " is of another authority than "
                            + NAME
                            + "; use --force to replace it");
        }
        PemFiles.ensureDirectory(directory);
        List<Path> written = new ArrayList<>();
        try {
            if (!same) {
                PemFiles.writeCertificate(authorityFile, content.authority().getEncoded());
                written.add(authorityFile);
            }
            RevocationList list = content.list();
            Path listFile = CertificateAuthority.revocationFile(directory);
            if (list != null && isNewer(list, listFile, content.authority(), same)) {
                PemFiles.writeRevocations(listFile, list.encoded());
                written.add(listFile);
            }
            if (node != null && key != null) {
                Path file = CertificateAuthority.certificateFile(directory, name);
                Path keyFile = CertificateAuthority.keyFile(directory, name);
                PemFiles.writePair(keyFile, key, file, node.getEncoded());
                written.add(file);
                written.add(keyFile);
            }
            return written;
        } catch (GeneralSecurityException e) {
            throw new PkiException(NAME + " is damaged: make and send it again", e);
        }
    }

    private static boolean isNewer(
            RevocationList list, Path file, X509Certificate authority, boolean same)
            throws PkiException {
        RevocationList before = same ? RevocationList.read(file, authority) : null;
        return before == null || list.number().compareTo(before.number()) > 0;
    }

    private static String nameOf(X509Certificate node) throws PkiException {
        List<String> names = Issued.names(node);
        if (names.size() != 1) {
            throw new PkiException(
                    "the node's certificate in " + NAME + " has " + names.size() + " names, not 1");
        }
        return Names.checkNode(names.get(0));
    }
}
