package dev.rhizome.benchmarks;

import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
import dev.rhizome.pki.PkiException;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TlsEngine;
import dev.rhizome.transport.peer.TlsFiles;
import dev.rhizome.transport.peer.TlsSetupException;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** The two ends of a peer link's TLS, joined by a buffer, with certificates of their own. */
final class TlsPair implements AutoCloseable {
    private static final int RECORD_BYTES = 16 * 1024;
    private static final int WIRE_BYTES = 256 * 1024;
    private static final int MAX_STEPS = 100;
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final SslHandler dialler;
    private final SslHandler listener;
    private final ByteBuffer wire = ByteBuffer.allocateDirect(WIRE_BYTES);
    private final ByteBuffer back = ByteBuffer.allocateDirect(WIRE_BYTES);

    /** Makes both ends and lets them shake hands. */
    TlsPair(TlsEngine engine) throws IOException, PkiException, TlsSetupException {
        Path folder = Files.createTempDirectory("rhizome-tls");
        try {
            CertificateAuthority authority = CertificateAuthority.create(folder, "benchmark");
            dialler = load(authority, folder, "alpha", engine).newClientHandler(buffers());
            listener = load(authority, folder, "beta", engine).newServerHandler(buffers());
        } finally {
            delete(folder);
        }
        shakeHands();
    }

    private static ByteBufAllocator buffers() {
        return ByteBufAllocator.DEFAULT;
    }

    private static PeerTls load(
            CertificateAuthority authority, Path folder, String node, TlsEngine engine)
            throws PkiException, TlsSetupException {
        IssuedCertificate issued = authority.issue(node, folder);
        TlsFiles files =
                new TlsFiles(
                        CertificateAuthority.certificateFile(folder),
                        issued.certificateFile(),
                        issued.keyFile());
        return PeerTls.load(files, node, engine, Clock.systemUTC());
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            List<Path> found = tree.sorted(Comparator.reverseOrder()).toList();
            for (Path path : found) {
                Files.delete(path);
            }
        }
    }

    private void shakeHands() throws SSLException {
        SSLEngine dials = dialler.engine();
        SSLEngine listens = listener.engine();
        ByteBuffer there = ByteBuffer.allocateDirect(WIRE_BYTES);
        ByteBuffer here = ByteBuffer.allocateDirect(WIRE_BYTES);
        dials.beginHandshake();
        listens.beginHandshake();
        for (int step = 0; step < MAX_STEPS; step++) {
            advance(dials, here, there);
            advance(listens, there, here);
            if (done(dials) && done(listens) && here.position() == 0 && there.position() == 0) {
                return;
            }
        }
        throw new SSLException("the handshake did not end");
    }

    private static boolean done(SSLEngine engine) {
        return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    }

    /** One side says what it has to say, or else takes in what is there: maybe nothing. */
    private void advance(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            engine.wrap(NOTHING, out);
        } else {
            back.clear();
            in.flip();
            engine.unwrap(in, back);
            in.compact();
        }
        runTasks(engine);
    }

    private static void runTasks(SSLEngine engine) {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            task.run();
            task = engine.getDelegatedTask();
        }
    }

    /**
     * Encrypts the data, a record at a time, and decrypts it at the other end.
     *
     * @return what has come out, valid until the next call
     */
    ByteBuffer pass(ByteBuffer data) throws SSLException {
        wire.clear();
        int end = data.limit();
        while (data.position() < end) {
            data.limit(Math.min(end, data.position() + RECORD_BYTES));
            check(dialler.engine().wrap(data, wire));
        }
        wire.flip();
        back.clear();
        while (wire.hasRemaining()) {
            check(listener.engine().unwrap(wire, back));
        }
        return back.flip();
    }

    private static void check(SSLEngineResult result) throws SSLException {
        boolean stuck = result.bytesConsumed() == 0 && result.bytesProduced() == 0;
        if (result.getStatus() != Status.OK || stuck) {
            throw new SSLException("TLS stopped: " + result);
        }
    }

    /** Gives back what is not on the heap. */
    @Override
    public void close() {
        ReferenceCountUtil.release(dialler.engine());
        ReferenceCountUtil.release(listener.engine());
    }
}
