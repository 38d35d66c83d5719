package dev.rhizome.daemon.cli;

import dev.rhizome.daemon.resource.VolumeOpener;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The files of one node, all good: a configuration, a blank disk, and the command beside them. */
final class Plant {
    final Path directory;
    final Path file;
    final Path disk;
    final Path pki;
    final Path socket;
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();
    private final Map<String, String> variables = new HashMap<>();

    Plant(Path directory) throws IOException {
        this.directory = directory;
        file = directory.resolve("rhizome.conf");
        disk = directory.resolve("r0.disk");
        pki = directory.resolve("pki");
        socket = directory.resolve("control.sock");
        variables.put("RHIZOME_CONFIG", file.toString());
        variables.put("RHIZOME_NODE", "alpha");
        grow(8 << 20);
        Files.writeString(file, text());
    }

    /** A configuration in which nothing is wrong. */
    private String text() {
        return """
        nodes {
          alpha {
            control-socket = "%1$s/control.sock"
            pki { authority = "%2$s/ca.crt", certificate = "%2$s/alpha.crt", key = "%2$s/alpha.key" }
          }
          beta {}
        }
        resources {
          r0 {
            on {
              alpha { disk = "%1$s/r0.disk", address = "127.0.0.1:7790" }
              beta { disk = "/dev/b", address = "127.0.0.1:7791" }
            }
            net { ping-timeout = 2s }
            disk { c-min-rate = 4MiB }
          }
        }
        """
                .formatted(directory, pki);
    }

    /** Replaces what is right in the configuration by what is not. */
    void miswrite(String right, String wrong) throws IOException {
        String text = Files.readString(file);
        if (!text.contains(right)) {
            throw new IllegalArgumentException(right + " is not in the configuration");
        }
        Files.writeString(file, text.replace(right, wrong));
    }

    void variable(String name, String value) {
        variables.put(name, value);
    }

    void grow(long bytes) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(disk.toFile(), "rw")) {
            opened.setLength(bytes);
        }
    }

    void write(long offset, String text) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(disk.toFile(), "rw")) {
            opened.seek(offset);
            opened.write(text.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /** Turns over each bit of the disk's last bytes, where its metadata is. */
    void damageEnd(int bytes) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(disk.toFile(), "rw")) {
            long from = opened.length() - bytes;
            byte[] end = new byte[bytes];
            opened.seek(from);
            opened.readFully(end);
            for (int i = 0; i < bytes; i++) {
                end[i] = (byte) ~end[i];
            }
            opened.seek(from);
            opened.write(end);
        }
    }

    /** Makes the certificates of both nodes. */
    void certify() {
        must("pki", "init", "-d", pki.toString());
        must("pki", "issue", "alpha", "-d", pki.toString());
        must("pki", "issue", "beta", "-d", pki.toString());
    }

    void must(String... arguments) {
        if (run(arguments) != 0) {
            throw new IllegalStateException(String.join(" ", arguments) + ": " + err);
        }
    }

    /** The exit code of the command; what it has said is in {@link #out} and {@link #err}. */
    int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Environment environment =
                new Environment(
                        variables,
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        VolumeOpener.LIBRARY);
        return RhizomeCommand.run(environment, arguments);
    }

    /** What the control socket answers to a request. */
    String ask(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            InputStream in = Channels.newInputStream(channel);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
