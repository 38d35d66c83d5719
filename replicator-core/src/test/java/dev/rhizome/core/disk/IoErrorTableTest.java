package dev.rhizome.core.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.request.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IoErrorTableTest {

    @ParameterizedTest
    @EnumSource(OnIoError.class)
    void aFailedFlushMakesTheDiskUntrustedWhateverThePolicy(OnIoError policy) {
        for (boolean elsewhere : new boolean[] {false, true}) {
            IoErrorRule rule = IoErrorTable.decide(Operation.FLUSH, elsewhere, policy);
            assertThat(rule).isEqualTo(IoErrorRule.UNTRUSTED);
            assertThat(rule.detaches()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(OnIoError.class)
    void theLastGoodDiskIsKept(OnIoError policy) {
        for (Operation operation : Operation.values()) {
            if (operation != Operation.FLUSH) {
                IoErrorRule rule = IoErrorTable.decide(operation, false, policy);
                assertThat(rule).isEqualTo(IoErrorRule.LAST_GOOD_DISK);
                assertThat(rule.detaches()).isFalse();
                assertThat(rule.clientIsTold()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OnIoError.class)
    void aReadIsRepairedFromThePeer(OnIoError policy) {
        assertThat(IoErrorTable.decide(Operation.READ, true, policy))
                .isEqualTo(IoErrorRule.READ_REPAIR);
    }

    @Test
    void aFailedChangeFollowsThePolicy() {
        for (Operation change : Operation.values()) {
            if (change.changes()) {
                assertThat(IoErrorTable.decide(change, true, OnIoError.DETACH))
                        .isEqualTo(IoErrorRule.DETACH);
                assertThat(IoErrorTable.decide(change, true, OnIoError.PASS_ON))
                        .isEqualTo(IoErrorRule.PASS_ON);
                assertThat(IoErrorTable.decide(change, true, OnIoError.CALL_LOCAL_IO_ERROR))
                        .isEqualTo(IoErrorRule.CALL_LOCAL_IO_ERROR);
            }
        }
    }

    @Test
    void aSecondarysDiskGoesUnlessItIsAllThatAPrimaryHas() {
        for (OnIoError policy : OnIoError.values()) {
            assertThat(IoErrorTable.decideForPeer(false, true, true, policy))
                    .isEqualTo(IoErrorRule.UNTRUSTED);
            assertThat(IoErrorTable.decideForPeer(true, false, false, policy))
                    .isEqualTo(IoErrorRule.LAST_GOOD_DISK);
            assertThat(IoErrorTable.decideForPeer(false, false, true, policy))
                    .isEqualTo(IoErrorRule.LAST_GOOD_DISK);
            assertThat(IoErrorTable.decideForPeer(false, false, false, policy).detaches()).isTrue();
        }
    }
}
