package dev.rhizome.daemon.cli;

import dev.rhizome.pki.Bundle;
import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.CertificateReport;
import dev.rhizome.pki.IssuedCertificate;
import dev.rhizome.pki.Passphrase;
import dev.rhizome.pki.PkiException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rhizome pki}. */
@Command(
        name = "pki",
        description = {
            "Makes, renews, shows and revokes the cluster's certificates; without the daemon.",
            "A running daemon takes up what has changed within seconds, and keeps its connections;"
                    + " only those of a revoked node are ended."
        },
        synopsisSubcommandLabel = "COMMAND")
final class PkiCommand implements Runnable {
    private static final int MAX_BUNDLE_BYTES = 1 << 20;

    @Spec private @Nullable CommandSpec spec;

    private final Environment environment;

    PkiCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(
                    spec.commandLine(), "say init, issue, renew, revoke, show, bundle or install");
        }
    }

    /** Where the files are. */
    static final class Place {
        @Option(
                names = {"-d", "--directory"},
                paramLabel = "D",
                defaultValue = "/etc/rhizome/pki",
                description = "Where the files are; default: ${DEFAULT-VALUE}.")
        Path directory = Path.of("/etc/rhizome/pki");
    }

    /** The authority. */
    static final class Authority {
        @Mixin Place place = new Place();

        @Option(
                names = "--passphrase-file",
                paramLabel = "FILE",
                description = "The passphrase of the authority's key, if that is encrypted.")
        @Nullable Path passphrase;

        CertificateAuthority open() throws PkiException {
            return CertificateAuthority.open(place.directory, read(passphrase));
        }
    }

    /** A node's new key. */
    static final class NodeKey {
        @Option(
                names = "--key-passphrase-file",
                paramLabel = "FILE",
                description = "Encrypt the node's key by the passphrase in its first line.")
        @Nullable Path passphrase;

        @Option(
                names = "--days",
                paramLabel = "DAYS",
                defaultValue = "398",
                description = "How long the node's certificate is valid; default: 398.")
        int days = 398;
    }

    @Command(
            name = "init",
            description = {
                "Makes the cluster's authority: ca.crt, ca.key, and ca.crl, the list of revoked"
                        + " certificates. With --nodes it issues theirs as well."
            },
            mixinStandardHelpOptions = true)
    Integer init(
            @Mixin Place place,
            @Option(names = "--force", description = "Replace what is there.") boolean force,
            @Option(
                            names = "--cluster",
                            paramLabel = "NAME",
                            defaultValue = "rhizome",
                            description = "The name in its subject; default: ${DEFAULT-VALUE}.")
                    String cluster,
            @Option(
                            names = "--days",
                            paramLabel = "DAYS",
                            defaultValue = "3653",
                            description = "How long it is valid; default: ${DEFAULT-VALUE}.")
                    int days,
            @Option(
                            names = "--passphrase-file",
                            paramLabel = "FILE",
                            description = "Encrypt its key by the passphrase in its first line.")
                    @Nullable Path passphrase,
            @Option(
                            names = "--nodes",
                            paramLabel = "NODE",
                            split = ",",
                            description = "Issue certificates for these, too: alpha,beta.")
                    @Nullable List<String> nodes)
            throws CommandFailure {
        return answered(
                () -> {
                    CertificateAuthority authority =
                            CertificateAuthority.create(
                                    place.directory,
                                    cluster,
                                    Duration.ofDays(days),
                                    start(),
                                    force,
                                    read(passphrase));
                    say(
                            "authority "
                                    + CertificateAuthority.certificateFile(place.directory)
                                    + " is valid until "
                                    + authority.certificate().getNotAfter().toInstant());
                    for (String node : nodes == null ? List.<String>of() : nodes) {
                        say(
                                node,
                                authority.issue(
                                        node,
                                        place.directory,
                                        CertificateAuthority.DEFAULT_NODE_VALIDITY,
                                        start(),
                                        force));
                    }
                });
    }

    @Command(
            name = "issue",
            description = "Makes a node's certificate: NODE.crt and NODE.key.",
            mixinStandardHelpOptions = true)
    Integer issue(
            @Mixin Authority authority,
            @Mixin NodeKey key,
            @Option(names = "--force", description = "Replace what is there.") boolean force,
            @Parameters(paramLabel = "NODE", description = "The node's name.") String node)
            throws CommandFailure {
        return answered(
                () ->
                        say(
                                node,
                                authority
                                        .open()
                                        .issue(
                                                node,
                                                authority.place.directory,
                                                Duration.ofDays(key.days),
                                                start(),
                                                force,
                                                read(key.passphrase))));
    }

    @Command(
            name = "renew",
            description = {
                "Makes a new certificate and a new key in place of a node's. The one before stays"
                        + " good until its end, or until it is revoked.",
                "An encrypted key stays encrypted: give --key-passphrase-file."
            },
            mixinStandardHelpOptions = true)
    Integer renew(
            @Mixin Authority authority,
            @Mixin NodeKey key,
            @Option(
                            names = "--revoke-old",
                            description = {
                                "Revoke the node's earlier certificates: only once it has taken up"
                                        + " the new one everywhere, or its link is ended."
                            })
                    boolean revokeOld,
            @Parameters(paramLabel = "NODE", description = "The node's name.") String node)
            throws CommandFailure {
        return answered(
                () -> {
                    CertificateAuthority opened = authority.open();
                    IssuedCertificate issued =
                            opened.renew(
                                    node,
                                    authority.place.directory,
                                    Duration.ofDays(key.days),
                                    start(),
                                    read(key.passphrase));
                    say(node, issued);
                    if (revokeOld) {
                        sayRevoked(
                                authority.place,
                                opened.revokeOlder(node, issued.certificate(), Instant.now()));
                    }
                });
    }

    @Command(
            name = "revoke",
            description = {
                "Adds a node's certificates to the list of revoked ones, ca.crl: all that are known"
                        + " and have not ended, or one by its serial number.",
                "It counts wherever that list is: take it to every node ('pki bundle')."
            },
            mixinStandardHelpOptions = true)
    Integer revoke(
            @Mixin Authority authority,
            @Parameters(
                            paramLabel = "NODE|SERIAL",
                            description = "A node's name, or a serial number (hexadecimal).")
                    String what)
            throws CommandFailure {
        return answered(
                () -> sayRevoked(authority.place, authority.open().revoke(what, Instant.now())));
    }

    @Command(
            name = "show",
            description = {
                "Shows certificates: whose, until when, and whether they are revoked. It needs no"
                        + " key.",
            },
            mixinStandardHelpOptions = true)
    Integer show(
            @Mixin Place place,
            @Option(names = "--json", description = "As JSON.") boolean json,
            @Parameters(
                            paramLabel = "NODE|FILE",
                            arity = "0..*",
                            description = "Whose, ca for the authority's, or files; default: all.")
                    @Nullable List<String> which)
            throws CommandFailure {
        return answered(
                () -> {
                    List<CertificateReport> reports = new ArrayList<>();
                    Instant now = Instant.now();
                    if (which == null || which.isEmpty()) {
                        reports.addAll(CertificateReport.of(place.directory, null, now));
                    } else {
                        for (String each : which) {
                            reports.addAll(CertificateReport.of(place.directory, each, now));
                        }
                    }
                    environment
                            .out()
                            .print(json ? PkiReports.json(reports) : PkiReports.text(reports));
                });
    }

    @Command(
            name = "bundle",
            description = {
                "Prints all that a node needs, as PEM: ca.crt, ca.crl, NODE.crt and NODE.key. It is"
                    + " as secret as the key in it. Without a node only the first two, to take a"
                    + " new list to the others.",
                "rhizome pki bundle beta | ssh root@beta rhizome pki install"
            },
            mixinStandardHelpOptions = true)
    Integer bundle(
            @Mixin Place place,
            @Parameters(paramLabel = "NODE", arity = "0..1", description = "The node's name.")
                    @Nullable String node)
            throws CommandFailure {
        return answered(() -> environment.out().print(Bundle.of(place.directory, node)));
    }

    @Command(
            name = "install",
            description = {
                "Writes what 'pki bundle' has printed to files, on the node that it is for. What is"
                        + " of the same authority is replaced, but no list by an older one."
            },
            mixinStandardHelpOptions = true)
    Integer install(
            @Mixin Place place,
            @Option(names = "--force", description = "Replace another authority, too.")
                    boolean force,
            @Parameters(
                            paramLabel = "FILE",
                            arity = "0..1",
                            description = "The bundle; default: the standard input.")
                    @Nullable Path file)
            throws CommandFailure {
        return answered(
                () -> {
                    List<Path> written = Bundle.install(place.directory, input(file), force);
                    written.forEach(each -> say(each.toString()));
                    if (written.isEmpty()) {
                        say("nothing is newer than what is in " + place.directory);
                    }
                });
    }

    private static String input(@Nullable Path file) throws PkiException {
        try (InputStream in = file == null ? System.in : Files.newInputStream(file)) {
            byte[] all = in.readNBytes(MAX_BUNDLE_BYTES);
            return new String(all, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new PkiException("cannot read the bundle: " + e.getMessage(), e);
        }
    }

    /** What a verb does. */
    private interface Work {
        void run() throws PkiException, IOException;
    }

    private static Integer answered(Work work) throws CommandFailure {
        try {
            work.run();
            return ExitCode.OK;
        } catch (PkiException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e));
        }
    }

    private void say(String line) {
        environment.out().println(line);
    }

    private void say(String node, IssuedCertificate issued) {
        say(
                node
                        + ": "
                        + issued.certificateFile()
                        + " and "
                        + issued.keyFile()
                        + " are valid until "
                        + issued.certificate().getNotAfter().toInstant());
    }

    private void sayRevoked(Place place, List<BigInteger> serials) {
        for (BigInteger serial : serials) {
            say("revoked: " + serial.toString(16).toUpperCase(Locale.ROOT));
        }
        say(
                serials.isEmpty()
                        ? "nothing to revoke: it is so already"
                        : "take "
                                + CertificateAuthority.revocationFile(place.directory)
                                + " to every node: it counts there within seconds");
    }

    private static @Nullable Passphrase read(@Nullable Path file) throws PkiException {
        return file == null ? null : Passphrase.read(file);
    }

    private static Instant start() {
        return Instant.now().minus(CertificateAuthority.CLOCK_SKEW);
    }
}
