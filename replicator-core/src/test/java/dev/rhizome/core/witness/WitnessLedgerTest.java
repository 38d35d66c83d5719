package dev.rhizome.core.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.witness.WitnessLedger.Decision;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every rule of the table, as the ledger comes to it. */
class WitnessLedgerTest {
    private static final long G1 = 0x1111;
    private static final long G2 = 0x2222;
    private static final long S1 = 1;
    private static final long S2 = 2;

    private final WitnessLedger ledger = new WitnessLedger(List.of());
    private long nowMs = 1000;

    private Decision grant(String node, long generation, long session, long ask) {
        return ledger.grant(node, WitnessRequest.grant("r0", generation, session, ask), nowMs++);
    }

    private Decision release(String node, long session, long ask) {
        return ledger.release(node, WitnessRequest.release("r0", session, ask));
    }

    private static void requireRule(Decision decision, WitnessRule rule, boolean changed) {
        assertThat(decision.answer().rule()).isEqualTo(rule.label());
        assertThat(decision.answer().verdict()).isEqualTo(rule.verdict());
        assertThat(decision.answer().reason()).isEqualTo(rule.meaning());
        assertThat(decision.changed()).isEqualTo(changed);
    }

    @Test
    void theFirstOneGetsIt() {
        requireRule(grant("a", G1, S1, 1), WitnessRule.FREE, true);
        assertThat(ledger.holdings())
                .containsExactly(new Holding("r0", "a", 1000, S1, 1, List.of(G1), false));
    }

    @Test
    void theOtherOneIsToldWhoHasIt() {
        grant("a", G1, S1, 1);
        Decision refused = grant("b", G1, S2, 1);
        requireRule(refused, WitnessRule.HELD, false);
        assertThat(refused.answer().holder()).isEqualTo("a");
        assertThat(refused.answer().sinceMs()).isEqualTo(1000);
    }

    @Test
    void aLostAnswerIsAskedAgain() {
        grant("a", G1, S1, 1);
        Decision again = grant("a", G1, S1, 1);
        requireRule(again, WitnessRule.REPEATED, false);
        assertThat(again.answer().sinceMs()).isEqualTo(1000);
        requireRule(grant("a", G1, S1, 2), WitnessRule.REPEATED, true);
        requireRule(grant("a", G1, S2, 1), WitnessRule.REPEATED, true);
    }

    @Test
    void aHolderGetsFurtherGenerations() {
        grant("a", G1, S1, 1);
        requireRule(grant("a", G2, S1, 2), WitnessRule.FURTHER, true);
        requireRule(grant("b", G1, S2, 1), WitnessRule.HELD, false);
        requireRule(grant("b", G2, S2, 2), WitnessRule.HELD, false);
        assertThat(ledger.holdings())
                .containsExactly(new Holding("r0", "a", 1000, S1, 2, List.of(G1, G2), false));
    }

    /** A release was lost; who has a newer generation has been in step with the holder since. */
    @Test
    void aNewerGenerationIsGrantedToTheOtherNode() {
        grant("a", G1, S1, 1);
        requireRule(grant("b", G2, S2, 1), WitnessRule.NEWER, true);
        requireRule(grant("a", G2, S1, 2), WitnessRule.HELD, false);
        requireRule(grant("b", G1, S2, 2), WitnessRule.HELD, false);
        requireRule(grant("a", G1, S1, 3), WitnessRule.REPEATED, true);
    }

    /** What the other node was granted is not undone by a release of one's own. */
    @Test
    void aReleaseIsOfOnesOwnOnly() {
        grant("b", G2, S2, 1);
        grant("a", G1, S1, 1);
        requireRule(release("a", S1, 2), WitnessRule.RELEASED, true);
        requireRule(grant("a", G2, S1, 3), WitnessRule.HELD, false);
    }

    @Test
    void aReleaseGivesUpAll() {
        grant("a", G1, S1, 1);
        grant("a", G2, S1, 2);
        requireRule(release("a", S1, 2), WitnessRule.RELEASED, true);
        assertThat(ledger.holdings()).isEmpty();
        requireRule(release("a", S1, 2), WitnessRule.NOT_HOLDER, false);
        requireRule(grant("b", G2, S2, 1), WitnessRule.FREE, true);
        requireRule(release("a", S1, 3), WitnessRule.NOT_HOLDER, false);
        requireRule(grant("a", G2, S1, 4), WitnessRule.HELD, false);
    }

    @Test
    void aLateReleaseUndoesNoNewerGrant() {
        grant("a", G1, S1, 1);
        grant("a", G1, S1, 3);
        requireRule(release("a", S1, 2), WitnessRule.LATE_RELEASE, false);
        grant("a", G1, S2, 1);
        requireRule(release("a", S1, 9), WitnessRule.OTHER_SESSION, false);
        assertThat(ledger.holdings()).hasSize(1);
    }

    @Test
    void aLateAskIsRefused() {
        grant("a", G1, S1, 5);
        requireRule(grant("a", G2, S1, 4), WitnessRule.LATE_ASK, false);
        assertThat(ledger.holdings().get(0).generations()).containsExactly(G1);
    }

    /** Numbers go on behind the largest long. */
    @Test
    void asksAreUnsigned() {
        grant("a", G1, S1, Long.MAX_VALUE);
        requireRule(grant("a", G1, S1, Long.MIN_VALUE), WitnessRule.REPEATED, true);
        requireRule(grant("a", G1, S1, 1), WitnessRule.LATE_ASK, false);
    }

    @Test
    void beyondWhatIsRememberedAllIsTheHolders() {
        for (int i = 1; i <= Holding.MAX_GENERATIONS; i++) {
            grant("a", i, S1, i);
        }
        requireRule(grant("b", 1000, S2, 1), WitnessRule.NEWER, true);
        requireRule(release("b", S2, 1), WitnessRule.RELEASED, true);
        requireRule(grant("a", 2000, S1, 100), WitnessRule.FURTHER, true);
        assertThat(ledger.holdings().get(0).generations()).hasSize(Holding.MAX_GENERATIONS);
        requireRule(grant("b", 1000, S2, 2), WitnessRule.HELD_UNCOUNTED, false);
        requireRule(grant("b", 64, S2, 3), WitnessRule.HELD, false);
        requireRule(grant("a", 3000, S1, 101), WitnessRule.FURTHER, true);
        requireRule(release("a", S1, 102), WitnessRule.RELEASED, true);
        requireRule(grant("b", 2000, S2, 4), WitnessRule.FREE, true);
    }

    /** Two that hold older generations: who has the very one is named. */
    @Test
    void theRightHolderIsNamed() {
        for (int i = 0; i <= Holding.MAX_GENERATIONS; i++) {
            grant("a", 100 + i, S1, i);
        }
        ledger.forget("r0", "a");
        grant("c", G1, S2, 1);
        for (int i = 0; i <= Holding.MAX_GENERATIONS; i++) {
            grant("a", 100 + i, S1, i);
        }
        assertThat(grant("b", G1, S2, 1).answer().holder()).isEqualTo("c");
        assertThat(grant("b", G2, S2, 2).answer().holder()).isEqualTo("a");
    }

    @Test
    void thereIsAnEndToWhatIsRemembered() {
        for (int i = 0; i < WitnessLedger.MAX_HOLDINGS; i++) {
            ledger.grant("a", WitnessRequest.grant("r" + i, G1, S1, 1), nowMs);
        }
        WitnessRequest oneMore = WitnessRequest.grant("one-more", G1, S1, 1);
        requireRule(ledger.grant("a", oneMore, nowMs), WitnessRule.FULL, false);
        requireRule(grant("a", G2, S1, 2), WitnessRule.FURTHER, true);
        release("a", S1, 3);
        requireRule(ledger.grant("a", oneMore, nowMs), WitnessRule.FREE, true);
    }

    @Test
    void otherResourcesAreNotTouched() {
        grant("a", G1, S1, 1);
        WitnessRequest other = WitnessRequest.grant("r1", G1, S2, 1);
        requireRule(ledger.grant("b", other, nowMs), WitnessRule.FREE, true);
        release("a", S1, 2);
        assertThat(ledger.holdings()).extracting(Holding::resource).containsExactly("r1");
    }

    @Test
    void aPersonVouchesThatANodeIsOff() {
        grant("a", G1, S1, 1);
        assertThat(ledger.forget("r0", "b")).isFalse();
        assertThat(ledger.forget("r0", "a")).isTrue();
        requireRule(grant("b", G1, S2, 1), WitnessRule.FREE, true);
    }

    @Test
    void theListComesInParts() {
        for (int i = 0; i < 100; i++) {
            WitnessRequest request = WitnessRequest.grant("r" + i / 2, i, S1, 1);
            ledger.grant(i % 2 == 0 ? "a" : "b", request, nowMs);
        }
        List<Holding> all = ledger.holdings();
        WitnessAnswer part = ledger.list("", "");
        int seen = 0;
        while (true) {
            assertThat(part.holdings()).isEqualTo(all.subList(seen, seen + part.holdings().size()));
            seen += part.holdings().size();
            if (!part.more()) {
                break;
            }
            assertThat(part.holdings()).hasSize(WitnessCodec.MAX_LISTED);
            Holding last = part.holdings().get(part.holdings().size() - 1);
            part = ledger.list(last.resource(), last.node());
        }
        assertThat(seen).isEqualTo(100);
    }

    @Test
    void twoHoldingsOfOneAreNoLedger() {
        Holding one = new Holding("r0", "a", 1, S1, 1, List.of(G1), false);
        assertThatThrownBy(() -> new WitnessLedger(List.of(one, one)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** No line of the table is out of reach. */
    @Test
    void everyLineIsReached() {
        Set<WitnessRule> reached = EnumSet.noneOf(WitnessRule.class);
        Holding own = new Holding("r0", "a", 1, S1, 5, List.of(G1), false);
        Holding other = new Holding("r0", "b", 1, S1, 5, List.of(G1), false);
        boolean[] both = {false, true};
        for (long generation : new long[] {G1, G2}) {
            for (long ask : new long[] {4, 5}) {
                for (long session : new long[] {S1, S2}) {
                    WitnessRequest request = WitnessRequest.grant("r0", generation, session, ask);
                    for (boolean full : both) {
                        for (boolean others : both) {
                            reached.add(WitnessTable.grant(request, own, null, others, full));
                            reached.add(WitnessTable.grant(request, null, null, others, full));
                            reached.add(WitnessTable.grant(request, own, other, others, full));
                        }
                    }
                    reached.add(WitnessTable.release(request, own));
                    reached.add(WitnessTable.release(request, null));
                }
            }
        }
        assertThat(reached)
                .isEqualTo(
                        EnumSet.complementOf(
                                EnumSet.of(
                                        WitnessRule.OLDER_CONNECTION,
                                        WitnessRule.BUSY,
                                        WitnessRule.REVOKED,
                                        WitnessRule.NOT_UNDERSTOOD)));
    }
}
