package dev.rhizome.daemon.cli;

import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
import dev.rhizome.pki.PkiException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
        description = "Makes the cluster's certificates; without the daemon.",
        synopsisSubcommandLabel = "COMMAND")
final class PkiCommand implements Runnable {

    @Spec private @Nullable CommandSpec spec;

    private final Environment environment;

    PkiCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "say init or issue");
        }
    }

    /** Where the authority is, and whether to replace. */
    static final class Shared {
        @Option(
                names = {"-d", "--directory"},
                paramLabel = "D",
                defaultValue = "/etc/rhizome/pki",
                description = "Where the files are; default: ${DEFAULT-VALUE}.")
        Path directory = Path.of("/etc/rhizome/pki");

        @Option(names = "--force", description = "Replace what is there.")
        boolean force;
    }

    @Command(
            name = "init",
            description = "Makes the cluster's authority: ca.crt and ca.key.",
            mixinStandardHelpOptions = true)
    Integer init(
            @Mixin Shared shared,
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
                    int days)
            throws CommandFailure {
        try {
            CertificateAuthority authority =
                    CertificateAuthority.create(
                            shared.directory,
                            cluster,
                            Duration.ofDays(days),
                            start(),
                            shared.force);
            environment
                    .out()
                    .println(
                            "authority "
                                    + CertificateAuthority.certificateFile(shared.directory)
                                    + " is valid until "
                                    + authority.certificate().getNotAfter().toInstant());
            return ExitCode.OK;
        } catch (PkiException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        }
    }

    @Command(
            name = "issue",
            description = "Makes a node's certificate: NODE.crt and NODE.key.",
            mixinStandardHelpOptions = true)
    Integer issue(
            @Mixin Shared shared,
            @Parameters(paramLabel = "NODE", description = "The node's name.") String node,
            @Option(
                            names = "--days",
                            paramLabel = "DAYS",
                            defaultValue = "398",
                            description = "How long it is valid; default: ${DEFAULT-VALUE}.")
                    int days)
            throws CommandFailure {
        try {
            IssuedCertificate issued =
                    CertificateAuthority.open(shared.directory)
                            .issue(
                                    node,
                                    shared.directory,
                                    Duration.ofDays(days),
                                    start(),
                                    shared.force);
            environment
                    .out()
                    .println(
                            node
                                    + ": "
                                    + issued.certificateFile()
                                    + " and "
                                    + issued.keyFile()
                                    + " are valid until "
                                    + issued.certificate().getNotAfter().toInstant());
            return ExitCode.OK;
        } catch (PkiException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        }
    }

    private static Instant start() {
        return Instant.now().minus(CertificateAuthority.CLOCK_SKEW);
    }
}
