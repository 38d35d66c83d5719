package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.nbd.MemoryVolume.Answers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The clients that people use, against a volume in memory. */
final class NbdClientsTest {
    private static final int SIZE = 64 << 20;
    private final Path directory;
    private final TestServer server;

    NbdClientsTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
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

    /** Runs a tool; the test is skipped where it is not installed. */
    private String run(String... command) throws Exception {
        boolean installed =
                Arrays.stream(System.getenv("PATH").split(":"))
                        .anyMatch(bin -> Files.isExecutable(Path.of(bin, command[0])));
        if (!installed) {
            System.out.println("skipped: " + command[0] + " is not installed");
        }
        assumeTrue(installed, command[0] + " is not installed");
        Path output = directory.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            boolean ended = process.waitFor(120, TimeUnit.SECONDS);
            // Not every tool writes UTF-8 whatever it finds on the volume.
            String text = new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1);
            assertThat(ended).as(text).isTrue();
            assertThat(process.exitValue()).as(String.join(" ", command) + "\n" + text).isZero();
            return text;
        } finally {
            process.destroyForcibly();
        }
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
                .contains("block_size_minimum: 512")
                .contains("block_size_maximum: 33554432");
        assertThat(run("nbdinfo", "--list", uri())).contains("r0");
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
        List<String> program =
                List.of(
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
        Path script = Files.write(directory.resolve("script.py"), program);
        // Not nbdsh itself: its wrapper finds whatever python3 comes first on the path.
        String python = Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/" : "";
        assumeTrue(hasLibnbd(python + "python3"), "python3-libnbd is not installed");
        run(
                "env",
                python + "python3",
                "-c",
                "import nbd; h = nbd.NBD(); exec(open('" + script + "').read())");
    }

    private boolean hasLibnbd(String python) throws Exception {
        Process process =
                new ProcessBuilder(python, "-c", "import nbd")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        boolean found = process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        if (!found) {
            System.out.println("skipped: python3-libnbd is not installed");
        }
        return found;
    }

    @Test
    void fioWithVerification() throws Exception {
        String help = run("fio", "--enghelp");
        if (!help.contains("nbd")) {
            System.out.println("skipped: fio has no nbd engine");
        }
        assumeTrue(help.contains("nbd"), "fio has no nbd engine");
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
