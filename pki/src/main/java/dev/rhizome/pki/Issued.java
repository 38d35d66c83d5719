package dev.rhizome.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bouncycastle.util.io.pem.PemObject;

/**
 * What an authority knows of the certificates that it has issued: a copy of each, named by its
 * serial number. One that was issued before there were copies, or whose copy was lost, is known as
 * long as it lies beside the authority; else it can be revoked by its serial number.
 */
final class Issued {
    private static final int DNS_NAME = 2;
    private static final String FOLDER = "issued";

    private Issued() {}

    /** Keeps a copy. */
    static void remember(Path directory, X509Certificate certificate)
            throws PkiException, GeneralSecurityException {
        Path folder = directory.resolve(FOLDER);
        PemFiles.ensureDirectory(folder);
        PemFiles.writeCertificate(
                folder.resolve(serial(certificate.getSerialNumber()) + ".crt"),
                certificate.getEncoded());
    }

    /** All that are known of an authority, with the file of each; those in use come first. */
    static Map<X509Certificate, Path> all(Path directory, X509Certificate authority)
            throws PkiException {
        Map<X509Certificate, Path> found = new LinkedHashMap<>();
        for (Path folder : List.of(directory, directory.resolve(FOLDER))) {
            for (Path file : files(folder)) {
                X509Certificate certificate = read(file);
                if (signed(authority, certificate) && !certificate.equals(authority)) {
                    found.putIfAbsent(certificate, file);
                }
            }
        }
        return found;
    }

    /** Those of a node that are known. */
    static List<X509Certificate> of(Collection<X509Certificate> all, String node) {
        return all.stream().filter(each -> names(each).contains(node)).toList();
    }

    private static List<Path> files(Path folder) throws PkiException {
        List<Path> files = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return files;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "*.crt")) {
            all.forEach(files::add);
        } catch (IOException e) {
            throw new PkiException("cannot read " + folder + ": " + PemFiles.why(e), e);
        }
        files.sort(Comparator.naturalOrder());
        return files;
    }

    /** The certificate in a file. */
    static X509Certificate read(Path file) throws PkiException {
        return parse(file.toString(), PemFiles.read(file, PemFiles.CERTIFICATE));
    }

    static X509Certificate parse(String name, PemObject object) throws PkiException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(object.getContent()));
        } catch (GeneralSecurityException e) {
            throw new PkiException(name + " holds a damaged certificate; restore it", e);
        }
    }

    static boolean signed(X509Certificate authority, X509Certificate certificate) {
        try {
            certificate.verify(authority.getPublicKey());
            return authority.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** For whom a certificate is: its DNS names. */
    static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> each : alternatives) {
                    if (Integer.valueOf(DNS_NAME).equals(each.get(0))) {
                        names.add(String.valueOf(each.get(1)));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            // A certificate whose names cannot be read is for nobody.
            return List.of();
        }
        return names;
    }

    /** As OpenSSL writes it: hexadecimal. */
    static String serial(BigInteger number) {
        return number.toString(16).toUpperCase(Locale.ROOT);
    }
}
