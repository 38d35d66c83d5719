package dev.rhizome.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.handshake.HandshakeRule;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each rule of the handshake is shown by a scenario, or it is said here why none can. */
class EveryRuleTest {
    private static final List<Class<? extends Scenario>> SCENARIOS =
            List.of(
                    ActivityLogTest.class,
                    ConnectTest.class,
                    CrashTest.class,
                    AttachTest.class,
                    DamagedMetadataTest.class,
                    DiskFailureTest.class,
                    DiskPolicyTest.class,
                    FullCopyInterruptTest.class,
                    MissedMessageTest.class,
                    OutageTest.class,
                    ReplacedDiskTest.class,
                    ResizeTest.class,
                    ResyncInterruptTest.class,
                    RolesDuringResyncTest.class,
                    RolesTest.class,
                    SplitBrainPolicyTest.class,
                    SplitBrainTest.class,
                    SyncCommandsTest.class,
                    TargetPreparationTest.class,
                    TentativeTest.class,
                    WriteDuringResyncTest.class);

    private static final Map<HandshakeRule, String> OUT_OF_REACH =
            Map.of(
                    HandshakeRule.SOURCE_INCONSISTENT,
                    "half a copy has neither a bitmap generation nor a history: nothing makes it a"
                            + " source",
                    HandshakeRule.INCONSISTENT_SELF,
                    "half a copy has a generation that no whole data has, unless an image of a"
                            + " disk is restored",
                    HandshakeRule.INCONSISTENT_PEER,
                    "the same, from the other side");

    @Test
    void everyRuleHasAScenario() {
        Set<HandshakeRule> missing = EnumSet.allOf(HandshakeRule.class);
        for (Class<? extends Scenario> scenario : SCENARIOS) {
            for (Method method : scenario.getDeclaredMethods()) {
                Shows shows = method.getAnnotation(Shows.class);
                for (HandshakeRule rule : shows == null ? new HandshakeRule[0] : shows.value()) {
                    missing.remove(rule);
                    missing.remove(rule.mirror());
                }
            }
        }
        assertThat(missing).as("rules without a scenario").isEqualTo(OUT_OF_REACH.keySet());
    }
}
