package dev.rhizome.benchmarks;

import dev.rhizome.pki.PkiException;
import dev.rhizome.transport.peer.TlsEngine;
import dev.rhizome.transport.peer.TlsSetupException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the peer link's TLS costs, both ends together: data in records of at most 16 KiB, encrypted
 * and decrypted, between direct buffers, with the link's own protocol and certificates.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // Made by connect.
public class TlsBenchmark {
    private static final int LARGEST_BYTES = 128 * 1024;

    /** Whose TLS. */
    @Param({"BORINGSSL", "JDK"})
    TlsEngine engine;

    /** How much passes. */
    @Param({"4096", "131072"})
    int sizeBytes;

    private final ByteBuffer data = ByteBuffer.allocateDirect(LARGEST_BYTES);
    private TlsPair pair;

    /**
     * Makes certificates, and a connection with them.
     *
     * @throws IOException if the files cannot be written, or the ends do not agree
     * @throws PkiException if no certificate can be made
     * @throws TlsSetupException if this machine does not have the engine
     */
    @Setup
    public void connect() throws IOException, PkiException, TlsSetupException {
        pair = new TlsPair(engine);
        if (wrapAndUnwrap().remaining() != sizeBytes) {
            throw new IOException("not all that went in came out");
        }
    }

    /** Gives the connection up. */
    @TearDown
    public void disconnect() {
        pair.close();
    }

    /**
     * Encrypts and decrypts.
     *
     * @throws SSLException if one end refuses
     */
    @Benchmark
    public ByteBuffer wrapAndUnwrap() throws SSLException {
        return pair.pass(data.position(0).limit(sizeBytes));
    }
}
