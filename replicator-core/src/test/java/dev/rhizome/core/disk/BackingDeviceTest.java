package dev.rhizome.core.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.InvariantViolation;
import dev.rhizome.core.Payload;
import dev.rhizome.core.QuietEffects;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.Tokens.Owner;
import dev.rhizome.core.request.IoStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackingDeviceTest {
    private long nowNs = 100;
    private final BackingDevice device = new BackingDevice(new QuietEffects(), () -> nowNs);
    private final List<Long> failed = new ArrayList<>();

    private void told(long token, IoStatus status) {
        assertThat(status).isEqualTo(IoStatus.IO_ERROR);
        failed.add(token);
    }

    private static long token(int slot, int use) {
        return Tokens.of(Owner.CLIENT, slot, use);
    }

    @Test
    void theOldestIsKnownWhateverEndsFirst() {
        assertThat(device.oldestSinceNs()).isEqualTo(Long.MAX_VALUE);
        for (int slot = 0; slot < 40; slot++) {
            nowNs = 100L + slot;
            device.flush(token(slot, 0));
        }
        assertThat(device.ended(token(20, 0))).isTrue();
        assertThat(device.oldestSinceNs()).isEqualTo(100);
        assertThat(device.ended(token(0, 0))).isTrue();
        assertThat(device.ended(token(1, 0))).isTrue();
        assertThat(device.oldestSinceNs()).isEqualTo(102);
        assertThat(device.owed()).isEqualTo(37);
        assertThat(device.idle()).isFalse();
    }

    @Test
    void whatIsGivenUpFailsInOrderAndIsOwedUntilItEnds() {
        Counted memory = new Counted();
        device.read(token(3, 7), 0, 4096, memory);
        device.flush(token(1, 7));
        device.giveUp(this::told);
        assertThat(failed).containsExactly(token(3, 7), token(1, 7));
        assertThat(memory.references).as("the kernel may still write there").isEqualTo(2);
        memory.release();
        assertThat(device.owed()).isEqualTo(2);
        assertThat(device.oldestSinceNs()).isEqualTo(Long.MAX_VALUE);

        assertThat(device.ended(token(3, 7))).as("nobody waits for it").isFalse();
        assertThat(memory.references).isZero();
        assertThat(device.ended(token(1, 7))).isFalse();
        assertThat(device.idle()).isTrue();
        device.flush(token(1, 8));
        assertThat(device.ended(token(1, 8))).isTrue();
    }

    @Test
    void metadataThatIsGivenUpIsOwedToo() {
        device.writeMetadata(0, ByteBuffer.allocate(4096));
        assertThat(device.oldestSinceNs()).isEqualTo(100);
        device.giveUp(this::told);
        assertThat(device.oldestSinceNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(device.idle()).isFalse();
        assertThat(device.metadataEnded(1)).isFalse();
        assertThat(device.idle()).isTrue();
        device.writeMetadata(0, ByteBuffer.allocate(4096));
        assertThat(device.metadataEnded(2)).isTrue();
    }

    @Test
    void anAnswerToNothingIsABug() {
        device.flush(token(3, 7));
        assertThatThrownBy(() -> device.ended(token(3, 6))).isInstanceOf(InvariantViolation.class);
        assertThatThrownBy(() -> device.flush(token(3, 8))).isInstanceOf(InvariantViolation.class);
        assertThatThrownBy(() -> device.metadataEnded(1)).isInstanceOf(InvariantViolation.class);
    }

    private static final class Counted implements Payload {
        private int references = 1;

        @Override
        public int sizeBytes() {
            return 4096;
        }

        @Override
        public boolean allZero() {
            return false;
        }

        @Override
        public void digests(int blockBytes, ByteBuffer into) {
            throw new UnsupportedOperationException("nobody compares here");
        }

        @Override
        public void retain() {
            references++;
        }

        @Override
        public void release() {
            references--;
        }
    }
}
