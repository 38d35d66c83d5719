package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.nbd.MemoryVolume.Answers;
import dev.rhizome.transport.peer.TestCluster;
import dev.rhizome.transport.peer.TlsFiles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The clients that people use, by TCP and TLS, with certificates of the cluster. */
@Timeout(300)
final class NbdTlsClientsTest {
    private static final int SIZE = 16 << 20;
    private final Path directory;
    private final ClientTools tools;
    private final TestServer server;
    private final Path member;
    private final Path stranger;
    private final int port;

    NbdTlsClientsTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        tools = new ClientTools(directory);
        TestCluster cluster = new TestCluster(Files.createDirectory(directory.resolve("pki")));
        TestCluster other = new TestCluster(Files.createDirectory(directory.resolve("other")));
        server = new TestServer(directory, SIZE);
        server.volume.answers = Answers.SOON;
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        // Clients expect the name by which they call the server.
        port =
                server.server
                        .listen(any, cluster.tls("localhost"))
                        .get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .getPort();
        member = credentials("member", cluster, cluster.files("reader"));
        stranger = credentials("stranger", cluster, other.files("reader"));
    }

    @AfterEach
    void end() {
        server.close();
    }

    /** A folder with the names that libnbd and QEMU expect. */
    private Path credentials(String name, TestCluster cluster, TlsFiles files) throws Exception {
        Path folder = Files.createDirectory(directory.resolve(name));
        Files.copy(cluster.authorityFile(), folder.resolve("ca-cert.pem"));
        Files.copy(files.certificate(), folder.resolve("client-cert.pem"));
        Files.copy(files.key(), folder.resolve("client-key.pem"));
        return folder;
    }

    private String uri(Path credentials) {
        return "nbds://localhost:" + port + "/r0?tls-certificates=" + credentials;
    }

    @Test
    void nbdinfoByTls() throws Exception {
        assertThat(tools.run("nbdinfo", uri(member)))
                .contains("with TLS")
                .contains("export-size: 16777216")
                .contains("base:allocation");
        assertThat(tools.run("nbdinfo", "--list", uri(member))).contains("export=\"r0\"");
        assertThat(tools.end("nbdinfo", uri(stranger)).exitCode()).isNotZero();
        assertThat(tools.end("nbdinfo", "--list", uri(stranger)).text()).doesNotContain("\"r0\"");
        assertThat(tools.end("nbdinfo", "nbd://localhost:" + port + "/r0").text())
                .doesNotContain("export-size");
    }

    @Test
    void nbdcopyByTls() throws Exception {
        byte[] bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        Path source = Files.write(directory.resolve("source"), bytes);
        Path target = directory.resolve("target");
        tools.run("nbdcopy", "--flush", source.toString(), uri(member));
        tools.run("nbdcopy", uri(member), target.toString());
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    @Test
    void nbdshByTls() throws Exception {
        tools.nbdsh(
                "import os",
                "h.set_tls(nbd.TLS_REQUIRE)",
                "h.set_tls_certificates('" + member + "')",
                "h.add_meta_context('base:allocation')",
                "h.connect_tcp('localhost', '" + port + "')",
                "assert h.get_tls_negotiated()",
                "assert h.get_structured_replies_negotiated()",
                "assert h.can_meta_context('base:allocation')",
                "data = os.urandom(3 * 1024 * 1024)",
                "h.pwrite(data, 512)",
                "assert h.pread(len(data), 512) == data",
                "h.flush()",
                "h.shutdown()",
                "g = nbd.NBD()",
                "g.set_tls(nbd.TLS_REQUIRE)",
                "g.set_tls_certificates('" + stranger + "')",
                "try:",
                "    g.connect_tcp('localhost', '" + port + "')",
                "    raise SystemExit('a stranger was let in')",
                "except nbd.Error as e:",
                "    print(e)");
    }

    @Test
    void qemuIoByTls() throws Exception {
        String help = tools.end("qemu-io", "--object", "tls-creds-x509,help").text();
        ClientTools.require(help.contains("endpoint"), "this qemu-io has no TLS");
        String image =
                "driver=nbd,server.type=inet,server.host=localhost,server.port="
                        + port
                        + ",export=r0,tls-creds=tls0";
        String text =
                tools.run(
                        "qemu-io",
                        "--object",
                        "tls-creds-x509,id=tls0,endpoint=client,dir=" + member,
                        "--image-opts",
                        image,
                        "-c",
                        "write -P 0xab 0 4M",
                        "-c",
                        "read -P 0xab 0 4M",
                        "-c",
                        "flush");
        assertThat(text).doesNotContain("error").doesNotContain("failed");
    }
}
