package dev.rhizome.core.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.InvariantViolation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An answer goes only when what it rests on is durable; old connections have no say. */
class WitnessDeskTest {
    private final List<byte[]> images = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private final WitnessDesk.Effects effects =
            new WitnessDesk.Effects() {
                @Override
                public void write(byte[] image) {
                    images.add(image);
                }

                @Override
                public void answer(long connection, WitnessAnswer answer) {
                    String rule = answer.verdict() == Verdict.LISTED ? "list" : answer.rule();
                    answers.add(connection + " " + rule);
                }

                @Override
                public void decided(String node, WitnessRequest request, WitnessAnswer answer) {
                    // Said in the log only.
                }
            };
    private final WitnessDesk desk = new WitnessDesk(LedgerImage.EMPTY, effects);

    private long connect(String node) {
        long connection = desk.accepted();
        desk.identified(connection, node);
        return connection;
    }

    private static WitnessRequest grant(String resource, long generation) {
        return WitnessRequest.grant(resource, generation, 1, generation);
    }

    private LedgerImage lastImage() throws WitnessFormatException {
        return LedgerCodec.decode(images.get(images.size() - 1));
    }

    @Test
    void anAnswerWaitsForItsImage() throws Exception {
        desk.ask(connect("a"), grant("r0", 1), 0);
        assertThat(answers).isEmpty();
        assertThat(lastImage().sequence()).isEqualTo(2);
        assertThat(lastImage().holdings()).hasSize(1);
        desk.written();
        assertThat(answers).containsExactly("1 free");
        assertThat(images).hasSize(1);
    }

    @Test
    void whoAsksMeanwhileSharesTheNextImage() throws Exception {
        desk.ask(connect("a"), grant("r0", 1), 0);
        desk.ask(connect("b"), grant("r1", 1), 0);
        desk.ask(connect("c"), grant("r0", 1), 0);
        desk.ask(connect("d"), WitnessRequest.list("", ""), 0);
        assertThat(images).hasSize(1);
        desk.written();
        assertThat(answers).containsExactly("1 free");
        assertThat(images).hasSize(2);
        assertThat(lastImage().sequence()).isEqualTo(3);
        desk.written();
        assertThat(answers).containsExactly("1 free", "2 free", "3 held", "4 list");
        assertThat(images).hasSize(2);
    }

    @Test
    void whatChangesNothingIsAnsweredAtOnce() {
        desk.ask(connect("a"), WitnessRequest.release("r0", 1, 1), 0);
        desk.ask(connect("a"), WitnessRequest.list("", ""), 0);
        assertThat(answers).containsExactly("1 not-holder", "2 list");
        assertThat(images).isEmpty();
    }

    @Test
    void afterAFailedWriteNobodyIsAnswered() {
        long a = connect("a");
        desk.ask(a, grant("r0", 1), 0);
        desk.writeFailed();
        desk.ask(a, grant("r0", 1), 0);
        desk.ask(connect("b"), WitnessRequest.list("", ""), 0);
        assertThat(answers).isEmpty();
        assertThat(images).hasSize(1);
    }

    @Test
    void whoHasGoneIsNotAnswered() {
        long a = connect("a");
        desk.ask(a, grant("r0", 1), 0);
        assertThat(desk.waits(a)).isTrue();
        desk.gone(a);
        desk.written();
        assertThat(answers).isEmpty();
        desk.ask(connect("b"), grant("r0", 1), 0);
        assertThat(answers).containsExactly("2 held");
    }

    @Test
    void anOlderConnectionHasNoSay() {
        long older = connect("a");
        long newer = connect("a");
        desk.ask(newer, grant("r0", 5), 0);
        desk.written();
        desk.ask(older, grant("r0", 1), 0);
        desk.gone(newer);
        desk.ask(older, WitnessRequest.release("r0", 1, 9), 0);
        desk.ask(older, grant("r1", 1), 0);
        desk.written();
        assertThat(answers)
                .containsExactly("2 free", "1 older-connection", "1 older-connection", "1 free");
        desk.ask(older, WitnessRequest.list("", ""), 0);
        assertThat(answers).last().isEqualTo("1 list");
    }

    @Test
    void whatIsKeptInMindHasALimit() {
        long older = connect("a");
        long newer = connect("a");
        for (int i = 0; i < WitnessDesk.MAX_NOTED; i++) {
            desk.ask(newer, WitnessRequest.release("r" + i, 1, 1), 0);
        }
        answers.clear();
        desk.ask(newer, WitnessRequest.release("one-more", 1, 1), 0);
        desk.ask(newer, WitnessRequest.release("r0", 1, 1), 0);
        desk.gone(older);
        desk.ask(newer, WitnessRequest.release("one-more", 1, 1), 0);
        assertThat(answers).containsExactly("2 busy", "2 not-holder", "2 not-holder");
    }

    @Test
    void oneQuestionAtATimeOfSomebodyWhoIsKnown() {
        long a = connect("a");
        desk.ask(a, grant("r0", 1), 0);
        assertThatThrownBy(() -> desk.ask(a, grant("r0", 1), 0))
                .isInstanceOf(InvariantViolation.class);
        long unknown = desk.accepted();
        assertThatThrownBy(() -> desk.ask(unknown, grant("r0", 1), 0))
                .isInstanceOf(InvariantViolation.class);
    }
}
