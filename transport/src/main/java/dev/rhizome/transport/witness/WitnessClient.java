package dev.rhizome.transport.witness;

import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.transport.peer.PeerTls;
import io.netty.channel.IoEventLoop;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a witness, for one resource of one node. A connection for each question: they are years
 * apart, and one that was kept would most likely be found dead in just the moment in which it is
 * needed. One question at a time: a later one gives up the one before, whose connection is closed
 * first, so that what is still under way on it does not count any more ({@link
 * dev.rhizome.core.witness.WitnessDesk}). Belongs to the event loop; blocks never.
 */
public final class WitnessClient {
    private final IoEventLoop loop;
    private final WitnessAddress witness;
    private final Consumer<Throwable> bug;
    private PeerTls tls;
    private @Nullable WitnessAttempt current;
    private boolean closed;

    /**
     * @param loop where everything happens
     * @param witness whom to ask
     * @param tls this node's certificate
     * @param bug told of what escapes and is not the network's fault, also from those who are told
     *     answers
     */
    public WitnessClient(
            IoEventLoop loop, WitnessAddress witness, PeerTls tls, Consumer<Throwable> bug) {
        this.loop = loop;
        this.witness = witness;
        this.tls = tls;
        this.bug = bug;
    }

    /** Uses a renewed certificate from the next question on. */
    public void useTls(PeerTls renewed) {
        tls = renewed;
    }

    /**
     * Asks.
     *
     * @param request what; a list is answered whole
     * @param deadline how long an answer is waited for, all in all
     * @param told gets the one answer, later, on the event loop: also that there is none
     *     (UNREACHABLE). Then the witness may have granted what was asked, or not
     */
    public void ask(WitnessRequest request, Duration deadline, Consumer<WitnessAnswer> told) {
        giveUp("given up for a later question");
        if (closed) {
            loop.execute(() -> tell(told, WitnessAnswer.unreachable("the client is closed")));
            return;
        }
        WitnessAttempt attempt =
                new WitnessAttempt(
                        loop,
                        witness,
                        tls,
                        request,
                        deadline,
                        new WitnessAttempt.Owner() {
                            @Override
                            public void ended(WitnessAttempt which, WitnessAnswer answer) {
                                if (current == which) {
                                    current = null;
                                }
                                tell(told, answer);
                            }

                            @Override
                            public void bug(Throwable cause) {
                                bug.accept(cause);
                            }
                        });
        current = attempt;
        attempt.begin();
    }

    private void tell(Consumer<WitnessAnswer> told, WitnessAnswer answer) {
        try {
            told.accept(answer);
        } catch (Throwable e) {
            bug.accept(e);
        }
    }

    private void giveUp(String reason) {
        WitnessAttempt attempt = current;
        current = null;
        if (attempt != null) {
            attempt.abandon(reason);
        }
    }

    /** Gives up what is asked, and asks nothing any more. */
    public void close() {
        closed = true;
        giveUp("the client is closed");
    }
}
