package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.policy.Compression;
import org.junit.jupiter.api.Test;

/** What is measured, and what follows; times are made up. */
final class CompressionChoiceTest {
    private static final int FRAME_BYTES = 128 * 1024;
    private static final long STEP_NS = 2_000_000;

    private final CompressionChoice choice = new CompressionChoice(Compression.AUTO);
    private long nowNs = 1;
    private long waitingBytes;
    private int compressed;
    private int frames;

    /**
     * A sender that always has more, over a link of so many bytes a second.
     *
     * @param bytesPerSecond what the link takes
     * @param ratio what is left of the data
     * @param compressorBytesPerSecond how fast the compressor is
     */
    private void send(
            long seconds, double bytesPerSecond, double ratio, double compressorBytesPerSecond) {
        for (long end = nowNs + seconds * 1_000_000_000L; nowNs < end; nowNs += STEP_NS) {
            waitingBytes = (long) Math.max(0, waitingBytes - bytesPerSecond * STEP_NS / 1e9);
            choice.waiting(nowNs, 0, waitingBytes);
            long handed = 0;
            while (waitingBytes + handed < 1_000_000 && handed < 4_000_000) {
                handed += frame(ratio, compressorBytesPerSecond);
            }
            // What the socket takes at once.
            waitingBytes += handed;
            choice.waiting(nowNs, handed, waitingBytes);
        }
    }

    private long frame(double ratio, double compressorBytesPerSecond) {
        frames++;
        if (!choice.wants(FRAME_BYTES)) {
            return FRAME_BYTES;
        }
        compressed++;
        int after = (int) (FRAME_BYTES * ratio);
        choice.compressed(
                FRAME_BYTES, after, (long) (FRAME_BYTES * 1e9 / compressorBytesPerSecond));
        return after;
    }

    @Test
    void aLinkThatIsSlowerThanTheCompressorIsHelped() {
        send(3, 50e6, 0.4, 400e6);
        assertThat(choice.on()).isTrue();
        send(5, 50e6, 0.4, 400e6);
        assertThat(choice.on()).isTrue();
    }

    @Test
    void aLinkThatIsFasterIsNot() {
        send(5, 1.5e9, 0.4, 400e6);
        assertThat(choice.on()).isFalse();
    }

    @Test
    void whereNothingWaitsNothingIsLookedAt() {
        for (int i = 0; i < 10_000; i++) {
            nowNs += STEP_NS;
            choice.waiting(nowNs, 0, 0);
            assertThat(choice.wants(FRAME_BYTES)).isFalse();
            choice.waiting(nowNs, FRAME_BYTES, 0);
        }
        assertThat(choice.on()).isFalse();
    }

    @Test
    void aBatchThatTheSocketTakesInTwoGoesIsNoSlowLink() {
        // Each batch leaves something behind that is gone when the next one comes.
        for (int i = 0; i < 10_000; i++) {
            nowNs += STEP_NS;
            choice.waiting(nowNs, 0, 0);
            assertThat(choice.wants(FRAME_BYTES)).isFalse();
            choice.waiting(nowNs, 2 * FRAME_BYTES, FRAME_BYTES);
        }
    }

    @Test
    void dataThatDoesNotShrinkIsHardlyEverTried() {
        send(10, 50e6, 1.0, 2e9);
        assertThat(choice.on()).isFalse();
        assertThat(compressed).isPositive().isLessThan(frames / 50);
    }

    @Test
    void dataThatBeginsToShrinkIsNoticed() {
        send(5, 50e6, 1.0, 2e9);
        assertThat(choice.on()).isFalse();
        send(60, 50e6, 0.3, 400e6);
        assertThat(choice.on()).isTrue();
    }

    @Test
    void dataThatCeasesToShrinkIsNoticed() {
        send(5, 50e6, 0.3, 400e6);
        assertThat(choice.on()).isTrue();
        send(5, 50e6, 1.0, 2e9);
        assertThat(choice.on()).isFalse();
    }

    @Test
    void onePauseDecidesNothing() {
        send(1, 1.5e9, 0.4, 400e6);
        // The machine was busy with something else for a moment.
        waitingBytes = 500_000;
        choice.waiting(nowNs, 500_000, waitingBytes);
        nowNs += 250_000_000;
        choice.waiting(nowNs, 0, 400_000);
        assertThat(choice.on()).isFalse();
        send(1, 1.5e9, 0.4, 400e6);
        assertThat(choice.on()).isFalse();
    }

    @Test
    void itEndsWhenNothingWaitsAnyMore() {
        send(3, 50e6, 0.4, 400e6);
        assertThat(choice.on()).isTrue();
        for (int i = 0; i < 3000; i++) {
            nowNs += STEP_NS;
            choice.waiting(nowNs, 0, 0);
            choice.waiting(nowNs, FRAME_BYTES, 0);
        }
        assertThat(choice.on()).isFalse();
    }

    @Test
    void whatTheConfigurationSays() {
        CompressionChoice always = new CompressionChoice(Compression.ALWAYS);
        assertThat(always.on()).isTrue();
        assertThat(always.wants(FRAME_BYTES)).isTrue();
        assertThat(always.wants(512)).isFalse();
        CompressionChoice never = new CompressionChoice(Compression.NEVER);
        assertThat(never.on()).isFalse();
        assertThat(never.wants(FRAME_BYTES)).isFalse();
    }
}
