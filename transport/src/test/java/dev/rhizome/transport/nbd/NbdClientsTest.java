package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.nbd.MemoryVolume.Answers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The clients that people use, against a volume in memory. */
final class NbdClientsTest {
    private static final int SIZE = 64 << 20;
    private final Path directory;
    private final ClientTools tools;
    private final TestServer server;

    NbdClientsTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        tools = new ClientTools(directory);
        server = new TestServer(directory, SIZE);
        server.volume.answers = Answers.SOON;
    }

    @AfterEach
    void end() {
        server.close();
    }

    private String uri() {
        return "nbd+unix:///r0?socket=" + server.options.socket();
    }

    private String run(String... command) throws Exception {
        return tools.run(command);
    }

    private byte[] random() {
        byte[] bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @Test
    void nbdinfo() throws Exception {
        String info = run("nbdinfo", uri());
        assertThat(info)
                .contains("export-size: 67108864")
                .contains("can_multi_conn: true")
                .contains("can_fua: true")
                .contains("can_trim: true")
                .contains("can_zero: true")
                .contains("can_df: true")
                .contains("can_cache: true")
                .contains("is_read_only: false")
                .contains("base:allocation")
                .contains("block_size_minimum: 512")
                .contains("block_size_maximum: 33554432");
        assertThat(run("nbdinfo", "--list", uri())).contains("r0");
        run("nbdinfo", "--can", "multi-conn", uri());
        run("nbdinfo", "--can", "cache", uri());
        run("nbdinfo", "--can", "structured-reply", uri());
        assertThat(tools.end("nbdinfo", "--is", "read-only", uri()).exitCode()).isEqualTo(2);
        assertThat(tools.end("nbdinfo", "--can", "fast-zero", uri()).exitCode()).isEqualTo(2);
    }

    @Test
    void nbdinfoMap() throws Exception {
        assertThat(run("nbdinfo", "--map", uri()).strip()).matches("0 +67108864 +0 +data");
        assertThat(run("nbdinfo", "--map", "--totals", uri())).contains("100.0%");
    }

    @Test
    void qemuImg() throws Exception {
        assertThat(run("qemu-img", "map", "--output=json", "-f", "raw", uri()))
                .contains("\"length\": 67108864")
                .contains("\"zero\": false, \"data\": true");
        Path image = directory.resolve("image");
        byte[] bytes = random();
        Files.write(image, bytes);
        run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image.toString(), uri());
        run("qemu-img", "compare", "-f", "raw", "-F", "raw", image.toString(), uri());
    }

    @Test
    void nbdshBlockStatusAndCache() throws Exception {
        tools.nbdsh(
                "h.add_meta_context('base:allocation')",
                "h.connect_uri('" + uri() + "')",
                "seen = []",
                "def extent(context, offset, entries, error):",
                "    seen.append((context, offset, entries))",
                "h.block_status(8192, 4096, extent)",
                "assert seen == [('base:allocation', 4096, [8192, 0])], seen",
                "seen.clear()",
                "h.block_status(65536, 512, extent, nbd.CMD_FLAG_REQ_ONE)",
                "assert seen == [('base:allocation', 512, [65536, 0])], seen",
                "assert h.can_cache()",
                "h.cache(1024 * 1024, 0)",
                "h.set_strict_mode(0)",
                "for length in [0, 100]:",
                "    try:",
                "        h.cache(length, 0)",
                "        raise SystemExit('no error')",
                "    except nbd.Error as e:",
                "        assert e.errno == 'EINVAL', e",
                "h.shutdown()");
    }

    @Test
    void nbdshByAnOldHandshake() throws Exception {
        tools.nbdsh(
                "h.set_handshake_flags(nbd.HANDSHAKE_FLAG_FIXED_NEWSTYLE)",
                "h.set_request_structured_replies(False)",
                "h.connect_uri('" + uri() + "')",
                "assert h.get_protocol() == 'newstyle-fixed'",
                "assert h.pread(512, 0) == bytes(512)",
                "h.shutdown()",
                "h = nbd.NBD()",
                "h.set_handshake_flags(0)",
                "h.connect_uri('" + uri() + "')",
                "assert h.get_protocol() == 'newstyle'",
                "assert h.get_size() == 67108864",
                "assert h.pread(512, 0) == bytes(512)",
                "h.shutdown()");
    }

    @ParameterizedTest
    @EnumSource(
            value = Answers.class,
            names = {"AT_ONCE", "SOON"})
    void nbdcopyThereAndBack(Answers answers) throws Exception {
        server.volume.answers = answers;
        byte[] bytes = random();
        Path source = Files.write(directory.resolve("source"), bytes);
        Path target = directory.resolve("target");
        run("nbdcopy", "--flush", source.toString(), uri());
        assertThat(Loops.on(server.loop, () -> Arrays.equals(server.volume.bytes(), bytes)))
                .isTrue();
        run("nbdcopy", uri(), target.toString());
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
        run("nbdcopy", "--request-size=33554432", "--requests=4", uri(), target.toString());
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    @Test
    void qemuIo() throws Exception {
        String image =
                "driver=nbd,server.type=unix,server.path=" + server.options.socket() + ",export=r0";
        String text =
                run(
                        "qemu-io",
                        "--image-opts",
                        image,
                        "-c",
                        "write -P 0xab 0 33554432",
                        "-c",
                        "read -P 0xab 0 33554432",
                        "-c",
                        "write -z 1048576 8192",
                        "-c",
                        "read -P 0 1048576 8192",
                        "-c",
                        "discard 4096 8192",
                        "-c",
                        "read -P 0 4096 8192",
                        "-c",
                        "write -f -P 0x11 512 1024",
                        "-c",
                        "read -P 0x11 512 1024",
                        "-c",
                        "flush");
        assertThat(text).doesNotContain("error").doesNotContain("verification failed");
    }

    @Test
    void nbdshWithSimpleReplies() throws Exception {
        server.volume.badOffsetBytes = 48 << 20;
        tools.nbdsh(
                "import os",
                "h.set_request_structured_replies(False)",
                "h.connect_uri('" + uri() + "')",
                "assert not h.get_structured_replies_negotiated()",
                "data = os.urandom(5 * 1024 * 1024)",
                "h.pwrite(data, 512)",
                "assert h.pread(len(data), 512) == data",
                "assert h.pread(512, 512) == data[:512]",
                "h.zero(4096, 0)",
                "assert h.pread(4096, 0) == bytes(4096)",
                "h.flush()",
                "try:",
                "    h.pread(512, 48 * 1024 * 1024)",
                "    raise SystemExit('no error')",
                "except nbd.Error as e:",
                "    assert e.errno == 'EIO', e",
                "h.pread(512, 0)",
                "h.shutdown()");
    }

    @Test
    void fioWithVerification() throws Exception {
        String help = run("fio", "--enghelp");
        ClientTools.require(help.contains("nbd"), "fio has no nbd engine");
        String text =
                run(
                        "fio",
                        "--name=verify",
                        "--ioengine=nbd",
                        "--uri=" + uri(),
                        "--rw=randwrite",
                        "--bsrange=512-2m",
                        "--blockalign=512",
                        "--iodepth=32",
                        "--size=64m",
                        "--io_size=128m",
                        "--verify=crc32c",
                        "--verify_fatal=1",
                        "--randseed=3");
        assertThat(text).contains("err= 0");
    }
}
