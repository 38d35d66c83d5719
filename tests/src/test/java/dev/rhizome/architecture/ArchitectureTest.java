package dev.rhizome.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** The arrows between the modules, and the purity of the core. */
class ArchitectureTest {
    private static final String CORE = "dev.rhizome.core..";
    private static final String TRANSPORT = "dev.rhizome.transport..";
    private static final String URING = "dev.rhizome.uring..";
    private static final String LINUX = "dev.rhizome.linux..";
    private static final String DEVICE = "dev.rhizome.device..";
    private static final String REPLICATOR = "dev.rhizome.replicator..";
    private static final String PKI = "dev.rhizome.pki..";
    private static final String DAEMON = "dev.rhizome.daemon..";
    private static final String SIMULATOR = "dev.rhizome.simulator..";

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.rhizome");

    /** A rule about nobody fails; see {@link #inhabited} for those that it is against. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(false).check(CLASSES);
    }

    /** Our own packages among these, each with at least one class: else a rule would be void. */
    private static String[] inhabited(String... packages) {
        for (String name : packages) {
            if (name.startsWith("dev.rhizome.")) {
                assertThat(CLASSES.that(resideInAPackage(name)))
                        .as("classes in " + name)
                        .isNotEmpty();
            }
        }
        return packages;
    }

    private static ArchRule never(String from, String... to) {
        inhabited(from);
        inhabited(to);
        return noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(to);
    }

    @Test
    void thereIsSomethingToCheck() {
        assertThat(CLASSES.contain("dev.rhizome.core.Replica")).isTrue();
        assertThat(CLASSES.contain("dev.rhizome.replicator.ReplicatedVolume")).isTrue();
    }

    @Test
    void theCoreKnowsNobody() {
        check(never(CORE, TRANSPORT, LINUX, URING, DEVICE, REPLICATOR, PKI, DAEMON));
    }

    @Test
    void theShellsKnowTheCoreOnly() {
        check(never(TRANSPORT, LINUX, URING, DEVICE, REPLICATOR, PKI, DAEMON));
        check(never(LINUX, CORE, URING, DEVICE, TRANSPORT, REPLICATOR, PKI, DAEMON));
        check(never(URING, DEVICE, TRANSPORT, REPLICATOR, PKI, DAEMON));
        check(never(DEVICE, TRANSPORT, REPLICATOR, PKI, DAEMON));
        check(never(PKI, CORE, TRANSPORT, LINUX, URING, DEVICE, REPLICATOR, DAEMON));
    }

    @Test
    void theLibraryDoesNotKnowTheDaemon() {
        check(never(REPLICATOR, PKI, DAEMON));
    }

    @Test
    void theDaemonUsesTheLibraryOnly() {
        check(never(DAEMON, TRANSPORT, URING, DEVICE));
        check(
                never(
                        DAEMON,
                        "dev.rhizome.core",
                        "dev.rhizome.core.command..",
                        "dev.rhizome.core.generation..",
                        "dev.rhizome.core.handshake..",
                        "dev.rhizome.core.link..",
                        "dev.rhizome.core.metadata..",
                        "dev.rhizome.core.resync..",
                        "dev.rhizome.core.wire.."));
    }

    @Test
    void productionCodeDoesNotKnowTheSimulator() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(SIMULATOR)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(inhabited(SIMULATOR)));
    }

    /** No sockets, files, threads, clocks, randomness or logging. */
    @Test
    void theCoreTouchesNothingOutside() {
        check(
                never(
                        CORE,
                        "java.net..",
                        "java.nio.channels..",
                        "java.nio.file..",
                        "java.util.concurrent..",
                        "java.util.logging..",
                        "java.lang.foreign..",
                        "java.time..",
                        "java.security..",
                        "javax..",
                        "sun..",
                        "org.slf4j..",
                        "io.netty..",
                        "jnr.."));
        check(
                noClasses()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .dependOnClassesThat()
                        .belongToAnyOf(
                                Thread.class,
                                ThreadLocal.class,
                                Runtime.class,
                                Process.class,
                                java.util.Random.class,
                                java.util.SplittableRandom.class,
                                java.util.Timer.class,
                                java.util.Date.class));
    }

    @Test
    void theCoreReadsNoAmbientState() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .callMethod(System.class, "nanoTime")
                        .orShould()
                        .callMethod(System.class, "currentTimeMillis")
                        .orShould()
                        .callMethod(System.class, "getProperty", String.class)
                        .orShould()
                        .callMethod(System.class, "getenv", String.class)
                        .orShould()
                        .callMethod(Math.class, "random")
                        .orShould()
                        .callMethod(java.util.UUID.class, "randomUUID")
                        .orShould()
                        .accessField(System.class, "out")
                        .orShould()
                        .accessField(System.class, "err"));
    }

    /** What the compiler itself brings in (a serialisable error's stream) is not ours. */
    @Test
    void theCoreDoesNoInputOrOutput() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .dependOnClassesThat()
                        .haveNameMatching("java\\.io\\.(?!Serializable$).*"));
    }

    /** A hash order would be ambient, so the core keeps to arrays, lists and enums. */
    @Test
    void theCoreKeepsNoHashOrder() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .dependOnClassesThat()
                        .belongToAnyOf(
                                java.util.HashMap.class,
                                java.util.HashSet.class,
                                java.util.IdentityHashMap.class));
    }
}
