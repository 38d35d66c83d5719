package dev.rhizome.replicator.witness;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.core.witness.LedgerCodec;
import dev.rhizome.core.witness.LedgerImage;
import dev.rhizome.core.witness.Verdict;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessLedger;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.replicator.VolumeOptions;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TlsSetupException;
import dev.rhizome.transport.witness.WitnessAddress;
import dev.rhizome.transport.witness.WitnessClient;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** What a person does with a witness. */
public final class WitnessTool {

    private WitnessTool() {}

    /**
     * Asks a witness what it has granted.
     *
     * @param address where it is
     * @param witness the name in its certificate
     * @param node who asks, as in its certificate
     * @param certificates the cluster's authority, the asker's certificate and key
     * @param deadline how long an answer is waited for
     * @throws WitnessException if there is none
     */
    public static List<Holding> list(
            InetSocketAddress address,
            String witness,
            String node,
            VolumeOptions.CertificateFiles certificates,
            Duration deadline)
            throws WitnessException {
        PeerTls tls;
        try {
            tls = PeerTls.load(certificates.forTls(), node);
        } catch (TlsSetupException e) {
            throw new WitnessException(String.valueOf(e.getMessage()), e);
        }
        MultiThreadIoEventLoopGroup group = WitnessService.newGroup();
        try {
            WitnessAnswer answer = ask(group, new WitnessAddress(address, witness), tls, deadline);
            if (answer.verdict() != Verdict.LISTED) {
                throw new WitnessException(answer.reason());
            }
            return answer.holdings();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private static WitnessAnswer ask(
            MultiThreadIoEventLoopGroup group,
            WitnessAddress witness,
            PeerTls tls,
            Duration deadline)
            throws WitnessException {
        CompletableFuture<WitnessAnswer> answer = new CompletableFuture<>();
        var loop = group.next();
        loop.execute(
                () ->
                        new WitnessClient(loop, witness, tls, answer::completeExceptionally)
                                .ask(WitnessRequest.list("", ""), deadline, answer::complete));
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WitnessException("interrupted", e);
        }
    }

    /**
     * Takes from a node what it was granted of a resource. A person vouches that this node is off,
     * or has not gone on alone. The witness must not be running.
     *
     * @return whether the node held something
     * @throws WitnessException if the state file cannot be used
     */
    public static boolean forget(Path state, String resource, String node) throws WitnessException {
        try (WitnessFile file = WitnessFile.open(state)) {
            LedgerImage image = file.image();
            WitnessLedger ledger = new WitnessLedger(image.holdings());
            if (!ledger.forget(resource, node)) {
                return false;
            }
            file.write(
                    LedgerCodec.encode(new LedgerImage(image.sequence() + 1, ledger.holdings())));
            return true;
        } catch (IOException e) {
            throw new WitnessException(String.valueOf(e.getMessage()), e);
        }
    }
}
