package dev.rhizome.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInfo;

/**
 * What all scenarios share: a pair, and the end. Unless a scenario says that it ends otherwise, the
 * nodes must come together, hold the same sector by sector, and what clients were told.
 */
abstract class Scenario {
    /** What node A holds at the beginning: not zero, so that zeroes are noticed. */
    static final long SEED = 0x5EED;

    private @Nullable Pair pair;
    private boolean endsApart;

    /** A is Primary, both UpToDate, everything durable. */
    Pair inSync() {
        return inSync(NodeSetup.DEFAULT);
    }

    Pair inSync(NodeSetup setup) {
        Pair made = fresh(setup, setup);
        made.beginWith(SEED);
        return made;
    }

    /** Blank disks, not started. */
    Pair fresh(NodeSetup setupA, NodeSetup setupB) {
        Pair made = new Pair(setupA, setupB);
        pair = made;
        return made;
    }

    /** The nodes stay apart in this one: each holds what its own clients were told. */
    void endsApart() {
        endsApart = true;
    }

    @AfterEach
    void end(TestInfo info) {
        Pair played = pair;
        if (played == null) {
            return;
        }
        if (endsApart) {
            played.requireContent();
        } else {
            played.heal();
            played.untilInSync();
            played.requireIdentical();
        }
        requireAsserted(info, played);
    }

    private static void requireAsserted(TestInfo info, Pair played) {
        Method method = info.getTestMethod().orElseThrow();
        Shows shows = method.getAnnotation(Shows.class);
        Set<HandshakeRule> shown = EnumSet.noneOf(HandshakeRule.class);
        shown.addAll(shows == null ? List.of() : List.of(shows.value()));
        assertThat(played.asserted()).as("rules that the test shows").containsAll(shown);
    }

    /** The blocks from, included, to, excluded, in steps. */
    static int[] blocks(int from, int to, int step) {
        int[] result = new int[(to - from + step - 1) / step];
        for (int i = 0; i < result.length; i++) {
            result[i] = from + i * step;
        }
        return result;
    }
}
