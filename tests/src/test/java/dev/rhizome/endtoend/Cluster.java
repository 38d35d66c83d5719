package dev.rhizome.endtoend;

import static java.util.stream.Collectors.joining;

import dev.rhizome.replicator.ReplicatedVolume;
import dev.rhizome.replicator.VolumeException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * Two nodes, alpha and beta, in a folder of their own: certificates, a disk with metadata each, one
 * configuration. Registered as an extension: in a field for each test anew, in a static field for
 * all tests of a class. When a test has failed, their logs are shown; in the end all processes are
 * ended.
 */
final class Cluster
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    static final String RESOURCE = "r0";
    private static final long DISK_BYTES = 64L << 20;

    /** Made once; every test gets copies. */
    private static @Nullable Path certificates;

    private final String diskOptions;
    private final String attach;
    private long diskBytes;
    private @Nullable Path folder;
    private @Nullable NodeProcess alpha;
    private @Nullable NodeProcess beta;
    private boolean forAll;
    private int alphaPort;
    private int betaPort;
    private String netOptions = "";
    private int paths;
    private final List<FaultyProxy> towardsAlpha = new ArrayList<>();
    private final List<FaultyProxy> towardsBeta = new ArrayList<>();

    Cluster() {
        this("");
    }

    /**
     * @param diskOptions the resource's disk section, as it stands in the configuration
     */
    Cluster(String diskOptions) {
        this("socket", DISK_BYTES, diskOptions);
    }

    private Cluster(String attach, long diskBytes, String diskOptions) {
        this.attach = attach;
        this.diskBytes = diskBytes;
        this.diskOptions = diskOptions;
    }

    /** With more options in the resource's net section. */
    Cluster net(String options) {
        netOptions = ", " + options;
        return this;
    }

    /** Adds sections to the resource; before a daemon starts. */
    void configure(String sections) throws IOException {
        for (Path file : configurations()) {
            String text = Files.readString(file);
            int end = text.lastIndexOf("} }");
            Files.writeString(file, text.substring(0, end) + sections + "\n" + text.substring(end));
        }
    }

    /** Adds sections beside nodes and resources; before a daemon starts. */
    void configureAll(String sections) throws IOException {
        for (Path file : configurations()) {
            Files.writeString(file, "\n" + sections, StandardOpenOption.APPEND);
        }
    }

    /** Where nodes reach each other through proxies, each has a file of its own. */
    List<Path> configurations() {
        return paths > 0
                ? List.of(folder().resolve("alpha.conf"), folder().resolve("beta.conf"))
                : List.of(configuration());
    }

    /** With disks of another size. */
    Cluster diskBytes(long bytes) {
        diskBytes = bytes;
        return this;
    }

    /** Whose Primary has a block device. */
    static Cluster withDevice(String attach, long diskBytes) {
        return new Cluster(attach, diskBytes, "");
    }

    /**
     * Whose nodes reach each other only through proxies that have faults.
     *
     * @param paths how many addresses each node has
     * @param netOptions further options of the net section, each after a comma
     */
    static Cluster throughProxies(int paths, String netOptions) {
        Cluster cluster = new Cluster();
        cluster.paths = paths;
        cluster.netOptions = netOptions;
        return cluster;
    }

    /** Both proxies of a path: what alpha dials, and what beta dials. */
    List<FaultyProxy> path(int path) {
        return List.of(towardsBeta.get(path), towardsAlpha.get(path));
    }

    /** All proxies. */
    List<FaultyProxy> proxies() {
        return Stream.concat(towardsAlpha.stream(), towardsBeta.stream()).toList();
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("only within a test");
        }
        return value;
    }

    NodeProcess alpha() {
        return present(alpha);
    }

    NodeProcess beta() {
        return present(beta);
    }

    Path folder() {
        return present(folder);
    }

    Path configuration() {
        return folder().resolve("rhizome.conf");
    }

    int alphaPort() {
        return alphaPort;
    }

    int betaPort() {
        return betaPort;
    }

    // ---- before and after a test

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        forAll = true;
        create();
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        if (!forAll) {
            create();
        }
    }

    private void create() throws IOException, VolumeException {
        folder = Files.createTempDirectory("rhizome-test-");
        alphaPort = Ports.free();
        do {
            betaPort = Ports.free();
        } while (betaPort == alphaPort);
        if (paths > 0) {
            createProxied();
        } else {
            alpha = new NodeProcess("alpha", folder(), configuration());
            beta = new NodeProcess("beta", folder(), configuration());
            Files.writeString(configuration(), configuration(alpha(), beta()));
        }
        for (NodeProcess node : List.of(alpha(), beta())) {
            Disks.create(node.disk(), diskBytes);
            ReplicatedVolume.createMetadata(node.disk(), RESOURCE, false);
            copyCertificates(sharedCertificates(), node);
        }
    }

    /** Each node has its own file: in it, its peer's addresses are those of the proxies. */
    private void createProxied() throws IOException {
        Path alphaFile = folder().resolve("alpha.conf");
        Path betaFile = folder().resolve("beta.conf");
        alpha = new NodeProcess("alpha", folder(), alphaFile);
        beta = new NodeProcess("beta", folder(), betaFile);
        List<Integer> ofAlpha = addProxies(towardsAlpha);
        List<Integer> ofBeta = addProxies(towardsBeta);
        Files.writeString(alphaFile, configuration(ofAlpha, ports(towardsBeta)));
        Files.writeString(betaFile, configuration(ports(towardsAlpha), ofBeta));
    }

    private List<Integer> addProxies(List<FaultyProxy> proxies) {
        List<Integer> targets = new ArrayList<>();
        for (int path = 0; path < paths; path++) {
            targets.add(Ports.free());
            proxies.add(new FaultyProxy(Ports.free(), targets.get(path)));
        }
        return targets;
    }

    private static List<Integer> ports(List<FaultyProxy> proxies) {
        return proxies.stream().map(FaultyProxy::port).toList();
    }

    private String configuration(List<Integer> alphaPorts, List<Integer> betaPorts) {
        return "nodes {\n%s%s}\nresources { %s {\n  attach = %s\n  on {\n%s%s  }\n  net { connect-interval = 100ms %s }\n} }\n"
                .formatted(
                        node(alpha()),
                        node(beta()),
                        RESOURCE,
                        attach,
                        replica(alpha(), addresses(alphaPorts)),
                        replica(beta(), addresses(betaPorts)),
                        netOptions);
    }

    private static String addresses(List<Integer> ports) {
        String list =
                ports.stream().map(port -> "\"127.0.0.1:" + port + "\"").collect(joining(", "));
        return ports.size() == 1 ? list : "[" + list + "]";
    }

    /** A configuration of two nodes of which the second one listens where beta does. */
    String configuration(NodeProcess one, NodeProcess two) {
        return "nodes {\n%s%s}\nresources { %s {\n  attach = %s\n  on {\n%s%s  }\n  net { connect-interval = 100ms%s }\n%s} }\n"
                .formatted(
                        node(one),
                        node(two),
                        RESOURCE,
                        attach,
                        replica(one, alphaPort),
                        replica(two, betaPort),
                        netOptions,
                        diskOptions.isEmpty() ? "" : "  disk { " + diskOptions + " }\n");
    }

    private static String node(NodeProcess node) {
        Path pki = node.certificates();
        return """
          %1$s {
            control-socket = "%2$s"
            device-directory = "%4$s"
            pki { authority = "%3$s/ca.crt", certificate = "%3$s/%1$s.crt", key = "%3$s/%1$s.key" }
          }
        """
                .formatted(node.name(), node.controlSocket(), pki, node.deviceDirectory());
    }

    private static String replica(NodeProcess node, int port) {
        return replica(node, addresses(List.of(port)));
    }

    private static String replica(NodeProcess node, String addresses) {
        return """
          %1$s {
            disk = "%2$s", address = %3$s
            nbd-socket = "%4$s", nbd-address = "127.0.0.1:%5$d"
          }
        """
                .formatted(node.name(), node.disk(), addresses, node.nbdSocket(), node.nbdPort());
    }

    private static synchronized Path sharedCertificates() throws IOException {
        if (certificates == null) {
            Path made = Files.createTempDirectory("rhizome-test-pki-");
            Rhizome.run("pki", "init", "--directory", made.toString()).orFail();
            Rhizome.run("pki", "issue", "--directory", made.toString(), "alpha").orFail();
            Rhizome.run("pki", "issue", "--directory", made.toString(), "beta").orFail();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(made), "delete"));
            certificates = made;
        }
        return present(certificates);
    }

    /** Where the authority is that has issued the certificates. */
    static Path authority() {
        return present(certificates);
    }

    /** Gives a node the certificates in a folder. */
    static void copyCertificates(Path from, NodeProcess node) throws IOException {
        Files.createDirectories(node.certificates());
        for (String name : List.of("ca.crt", node.name() + ".crt", node.name() + ".key")) {
            Files.copy(
                    from.resolve(name),
                    node.certificates().resolve(name),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        boolean failed =
                context.getExecutionException()
                        .filter(e -> !(e instanceof TestAbortedException))
                        .isPresent();
        if (!forAll) {
            endProcesses();
        }
        if (failed) {
            System.out.println("==== " + context.getDisplayName() + " failed; the daemons said:");
            nodes().forEach(node -> System.out.println(node.log()));
        }
        if (!forAll) {
            deleteFolder();
        }
        if (!failed) {
            nodes().forEach(NodeProcess::requireNoBug);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (forAll) {
            endProcesses();
            deleteFolder();
        }
    }

    private void endProcesses() {
        nodes().forEach(NodeProcess::close);
        proxies().forEach(FaultyProxy::close);
        towardsAlpha.clear();
        towardsBeta.clear();
    }

    private void deleteFolder() {
        if (folder != null) {
            delete(folder);
        }
    }

    private List<NodeProcess> nodes() {
        return Stream.of(alpha, beta).filter(node -> node != null).toList();
    }

    static void delete(Path tree) {
        try (Stream<Path> all = Files.walk(tree)) {
            all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            System.out.println("left behind: " + tree + " (" + e + ")");
        }
    }

    // ---- what most tests do

    /** Starts both daemons and waits for their link. */
    void startBoth() {
        alpha().launch();
        beta().launch();
        alpha().awaitReady();
        beta().awaitReady();
        for (NodeProcess node : nodes()) {
            node.await("connected", Status::connected);
        }
    }

    /** Starts both, makes alpha Primary, and waits until beta has its data. */
    void startInStep() {
        startBoth();
        alpha().promoteByForce();
        awaitInStep();
    }

    /** Waits until both disks have the newest data and nothing is under way. */
    void awaitInStep() {
        for (NodeProcess node : nodes()) {
            node.await("in step with its peer", Status::inStep);
        }
    }

    /** INV-12: once in step and quiet, both volumes are the same, byte for byte. */
    void requireIdentical() throws IOException {
        awaitInStep();
        Disks.requireIdentical(alpha().disk(), beta().disk(), alpha().status().sizeBytes());
    }
}
