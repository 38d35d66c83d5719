package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.HISTORY_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.JUST_CREATED_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.JUST_CREATED_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.OUTDATED_BESIDE_BLANK;
import static dev.rhizome.core.handshake.HandshakeRule.UNRELATED_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.Pair;
import org.junit.jupiter.api.Test;

/** Disks that are taken out, replaced, and put back. */
class ReplacedDiskTest extends Scenario {

    /** Puts a blank disk in, and waits until it is filled. */
    private static void replaceDiskOfB(Pair pair) {
        pair.b().shutDown();
        pair.untilParted();
        pair.mark();
        pair.b().putBlankDisk();
        pair.b().start();
        pair.handshake(JUST_CREATED_PEER);
        pair.untilInSync();
    }

    @Test
    @Shows({JUST_CREATED_PEER, HISTORY_SELF})
    void anOldDiskThatIsPutBackIsCopiedWhole() {
        Pair pair = inSync();
        pair.b().shutDown();
        pair.a().write(5);
        pair.b().start();
        pair.untilInSync();
        pair.b().shutDown();
        pair.a().write(6);
        pair.b().start();
        pair.untilInSync();
        replaceDiskOfB(pair);
        pair.b().shutDown();
        pair.a().write(7);
        pair.b().start();
        pair.untilInSync();
        pair.b().shutDown();
        pair.untilParted();
        pair.mark();

        pair.b().putOldDiskBack();
        pair.b().start();
        pair.handshake(HISTORY_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    /** Without a write of a node alone in between, the generation is all that tells them apart. */
    @Test
    @Shows(HISTORY_SELF)
    void anOldDiskThatIsPutBackAtOnceIsNotTakenForEqual() {
        Pair pair = inSync();
        replaceDiskOfB(pair);
        pair.a().write(5);
        pair.a().flush();
        pair.b().shutDown();
        pair.untilParted();
        pair.mark();

        pair.b().putOldDiskBack();
        pair.b().start();
        pair.handshake(HISTORY_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    /** Half a copy of newer data, whose source is lost, beside whole data of the past. */
    @Test
    @Shows(UNRELATED_DATA)
    void halfACopyIsGivenUpForOldDataOnlyByAnOperator() {
        Pair pair = inSync();
        pair.a().demote();
        pair.a().shutDown();
        pair.untilParted();
        pair.mark();
        pair.a().putBlankDisk();
        pair.a().start();
        pair.handshake(JUST_CREATED_SELF);
        pair.untilInSync();

        // A, on its new disk, goes on; B gets half of that.
        pair.cut();
        pair.a().promote();
        pair.a().write(blocks(0, 80, 2));
        pair.cutAfter(FrameType.SYNC_WRITE, 2);
        pair.heal();
        pair.untilTrapped();
        pair.a().kill();
        pair.a().putOldDiskBack();
        pair.a().start();
        pair.heal();
        pair.handshake(UNRELATED_DATA);
        pair.untilParted();
        pair.b().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.a().must(CommandKind.CONNECT);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    @Test
    @Shows(OUTDATED_BESIDE_BLANK)
    void dataThatIsKnownToBeOldIsNotCopiedOverABlankDiskByItself() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(5);
        pair.loseAt(FrameType.SYNC_START, 1);
        pair.heal();
        pair.untilTrapped();
        pair.a().kill();
        pair.a().putBlankDisk();
        pair.a().start();
        pair.heal();
        pair.handshake(OUTDATED_BESIDE_BLANK);
        assertThat(pair.b().disk()).isEqualTo(DiskState.OUTDATED);
        assertThat(pair.b().command(CommandKind.PROMOTE)).isEqualTo("no-up-to-date-data-outdated");

        assertThat(pair.b().command(CommandKind.PROMOTE_FORCE)).isEqualTo("forced");
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
        pair.b().readAll();
    }
}
