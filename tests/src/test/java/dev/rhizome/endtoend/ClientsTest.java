package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that we did not write, against the Primary of a connected pair. */
@Timeout(120)
final class ClientsTest {
    private static final int MIB = 1 << 20;

    /** One pair for all: every test leaves it in step. */
    @RegisterExtension static final Cluster cluster = new Cluster();

    private static String uri = "";

    @BeforeAll
    static void serve() {
        cluster.startInStep();
        uri = cluster.alpha().nbdUri();
    }

    private static Path file(String name) {
        return cluster.folder().resolve(name);
    }

    private static Path randomFile(int bytes) throws IOException {
        return Files.write(file("random"), Strangers.noise(bytes));
    }

    @Test
    void nbdinfo() throws IOException {
        Tool.require("nbdinfo");
        String size = Long.toString(cluster.alpha().status().sizeBytes());
        assertThat(Tool.run("nbdinfo", "--size", uri).orFail().strip()).isEqualTo(size);

        String info = Tool.run("nbdinfo", uri).orFail();
        assertThat(info)
                .contains("protocol: newstyle-fixed")
                .contains("structured packets")
                .contains("is_read_only: false")
                .contains("can_flush: true")
                .contains("can_fua: true")
                .contains("can_trim: true")
                .contains("can_zero: true")
                .contains("can_multi_conn: true")
                .contains("block_size_minimum: 512")
                .contains("block_size_preferred: 4096");
        assertThat(Tool.run("nbdinfo", "--list", uri).orFail())
                .contains("export=\"r0\"")
                .contains(size);
        assertThat(Tool.run("nbdinfo", "--can", "write", uri).exitCode()).isZero();
        assertThat(Tool.run("nbdinfo", "nbd+unix:///other?socket=" + cluster.alpha().nbdSocket()))
                .extracting(Tool.Result::exitCode)
                .isNotEqualTo(0);
        cluster.requireIdentical();
    }

    @Test
    void nbdcopy() throws IOException {
        Tool.require("nbdcopy");
        Path in = randomFile((int) cluster.alpha().status().sizeBytes());
        Path out = file("out");

        Tool.run("nbdcopy", "--flush", in.toString(), uri).orFail();
        Tool.run("nbdcopy", uri, out.toString()).orFail();

        assertThat(Files.mismatch(in, out)).isEqualTo(-1);
        cluster.requireIdentical();
        // The volume begins at the disk's first byte: also the disks hold the file.
        Disks.requireIdentical(in, cluster.beta().disk(), Files.size(in));
    }

    @Test
    void libnbd() throws IOException {
        Tool.requireLibnbd();
        Tool.run(Tool.PYTHON, Tool.script("operations.py"), cluster.alpha().nbdSocket().toString())
                .orFail();
        cluster.requireIdentical();
    }

    @Test
    void nbdsh() throws IOException {
        Tool.require("nbdsh");
        Tool.run(
                        "nbdsh",
                        "--uri",
                        uri,
                        "-c",
                        "h.pwrite(b'rhizome!' * 64, 512)",
                        "-c",
                        "h.flush()",
                        "-c",
                        "assert h.pread(512, 512) == b'rhizome!' * 64")
                .orFail();
        cluster.requireIdentical();
    }

    @Test
    void qemuIo() throws IOException {
        Tool.require("qemu-io");
        String said =
                Tool.run(
                                "qemu-io",
                                "-f",
                                "raw",
                                "-c",
                                "write -P 0xa5 0 8M",
                                "-c",
                                "read -P 0xa5 0 8M",
                                "-c",
                                "write -P 0x5a -f 4096 512",
                                "-c",
                                "read -P 0x5a 4096 512",
                                "-c",
                                "read -P 0xa5 4608 3584",
                                "-c",
                                "write -z 1M 1M",
                                "-c",
                                "read -P 0 1M 1M",
                                "-c",
                                "write -z -u 3M 64k",
                                "-c",
                                "read -P 0 3M 64k",
                                "-c",
                                "discard 4M 1M",
                                "-c",
                                "aio_write -P 0x11 16M 4M",
                                "-c",
                                "aio_write -P 0x22 20M 4M",
                                "-c",
                                "aio_flush",
                                "-c",
                                "flush",
                                "-c",
                                "read -P 0x11 16M 4M",
                                "-c",
                                "read -P 0x22 20M 4M",
                                uri)
                        .orFail();
        // qemu-io says so and goes on with exit code 0.
        assertThat(said).doesNotContain("verification failed").doesNotContain("failed:");
        cluster.requireIdentical();
    }

    @Test
    void qemuImg() throws IOException {
        Tool.require("qemu-img");
        String size = Long.toString(cluster.alpha().status().sizeBytes());
        assertThat(Tool.run("qemu-img", "info", "-f", "raw", uri).orFail())
                .contains("(" + size + " bytes)");
        String random = randomFile(24 * MIB).toString();
        String image = file("image.qcow2").toString();
        Tool.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", random, image).orFail();
        Tool.run("qemu-img", "resize", "-q", image, size).orFail();

        Tool.run("qemu-img", "convert", "-n", "-f", "qcow2", "-O", "raw", image, uri).orFail();

        Tool.run("qemu-img", "compare", "-f", "qcow2", "-F", "raw", image, uri).orFail();
        cluster.requireIdentical();
    }

    @Test
    void fioVerifiesWhatItWrote() throws IOException {
        Tool.require("fio");
        if (!Tool.run("fio", "--enghelp").output().contains("nbd")) {
            Tool.skip("this fio has no engine for NBD");
        }
        String said =
                Tool.run(
                                "fio",
                                "--name=verify",
                                "--ioengine=nbd",
                                "--uri=" + uri,
                                "--rw=randrw",
                                "--bs=4k",
                                "--size=60M",
                                "--io_size=48M",
                                "--iodepth=16",
                                "--verify=crc32c",
                                "--verify_fatal=1",
                                "--do_verify=1",
                                "--randseed=7",
                                "--fsync=256",
                                "--minimal")
                        .orFail();
        assertThat(said).doesNotContain("verify:").doesNotContain("error");
        cluster.requireIdentical();
    }
}
