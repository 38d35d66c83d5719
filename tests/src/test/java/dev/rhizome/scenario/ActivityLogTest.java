package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.request.Operation;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where changes may be under way. DRBD's stress-al. The volume has 32 extents of 8 blocks. */
class ActivityLogTest extends Scenario {

    private static void scatter(PairNode node, int writes) {
        List<PairRequest> open = new ArrayList<>();
        for (int i = 0; i < writes; i++) {
            Operation operation = i % 9 == 8 ? Operation.TRIM : Operation.WRITE;
            open.add(node.begin(operation, i * 89 % 250, 1 + i % 4));
            if (i % 16 == 15) {
                open.forEach(PairRequest::done);
                open.clear();
            }
        }
        open.forEach(PairRequest::done);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8})
    @Shows(CRASHED_SELF)
    void aCrashAfterManyEvictionsIsCoveredByTheFewActiveExtents(int extents) {
        Pair pair = inSync(NodeSetup.DEFAULT.withActiveExtents(extents));
        scatter(pair.a(), 200);
        pair.quiet();
        pair.a().losePower();
        pair.untilParted();
        pair.mark();
        pair.a().start();
        assertThat(pair.a().outOfSync()).isLessThanOrEqualTo(extents * 8L);
        pair.handshake(CRASHED_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSizeLessThanOrEqualTo(extents * 8);
        pair.a().promote();
        pair.a().readAll();
    }

    @Test
    @Shows(BITMAP_PEER)
    void aCrashInTheMiddleOfManyEvictionsIsCovered() {
        Pair pair = inSync(NodeSetup.DEFAULT.withActiveExtents(3));
        scatter(pair.a(), 50);
        for (int i = 0; i < 12; i++) {
            pair.a().begin(Operation.WRITE, i * 20, 4);
        }
        pair.until("some are under way", () -> pair.a().replica().activityLogWrites() > 20);
        pair.a().losePower();
        pair.untilParted();
        pair.b().promote();
        pair.b().readAll();
        scatter(pair.b(), 20);
        pair.a().start();
        pair.mark();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        pair.b().readAll();
    }

    @Test
    void aCrashOfThePeerWhileExtentsAreScarceIsCovered() {
        Pair pair = inSync(NodeSetup.DEFAULT.withActiveExtents(3));
        scatter(pair.a(), 60);
        pair.a().write(1, 100, 200);
        pair.b().losePower();
        scatter(pair.a(), 40);
        pair.b().start();
        scatter(pair.a(), 40);
        pair.untilInSync();
        pair.a().readAll();
    }

    @Test
    void manyColdWritesShareATransaction() {
        Pair pair = inSync();
        pair.a().demote();
        pair.a().promote();
        long before = pair.a().replica().activityLogWrites();
        List<PairRequest> open = new ArrayList<>();
        for (int extent = 0; extent < 30; extent++) {
            open.add(pair.a().begin(Operation.WRITE, extent * 8, 1));
        }
        open.forEach(PairRequest::done);
        assertThat(pair.a().replica().activityLogWrites() - before).isLessThanOrEqualTo(2);

        pair.a().write(blocks(0, 240, 5));
        assertThat(pair.a().replica().activityLogWrites() - before).isLessThanOrEqualTo(2);
    }

    @Test
    @Shows(CRASHED_SELF)
    void aChangeAcrossExtentsIsCoveredInAllOfThem() {
        Pair pair = inSync();
        pair.holdFrom(FrameType.WRITE, 1);
        pair.a().begin(Operation.WRITE, 6, 20);
        pair.untilHeld();
        pair.a().losePower();
        pair.untilParted();
        pair.mark();
        pair.a().start();
        pair.handshake(CRASHED_SELF);
        pair.untilInSync();
        Set<Integer> fourExtents = IntStream.range(0, 32).boxed().collect(Collectors.toSet());
        assertThat(pair.copied()).isEqualTo(fourExtents);
    }

    @Test
    void aChangeOfTheWholeVolume() {
        Pair pair = inSync();
        pair.a().begin(Operation.TRIM, 0, 256).done();
        pair.a().readAll();
        pair.a().begin(Operation.ZERO, true, 3, 250).done();
        pair.a().begin(Operation.WRITE, true, 3, 200).done();
        pair.b().losePower();
        pair.untilParted();
        pair.b().start();
    }

    @Test
    void aDemotionEmptiesTheLog() {
        Pair pair = inSync();
        scatter(pair.a(), 60);
        pair.a().demote();
        pair.a().losePower();
        pair.untilParted();
        pair.mark();
        pair.a().start();
        assertThat(pair.a().outOfSync()).isZero();
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
    }
}
