package dev.rhizome.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MetadataLayoutTest {
    private static final long MIB = 1 << 20;

    private static void check(long deviceSizeBytes) {
        MetadataLayout layout = MetadataLayout.of(deviceSizeBytes);
        assertThat(layout.volumeBytes() % 4096).isZero();
        assertThat(layout.deviceBytes()).isLessThanOrEqualTo(deviceSizeBytes);
        assertThat(layout.deviceBytes()).isGreaterThan(deviceSizeBytes - 4096);
        assertThat(layout.slotOffsetBytes(0)).isEqualTo(layout.volumeBytes());
        assertThat(layout.slotOffsetBytes(1)).isEqualTo(layout.deviceBytes() - 4096);
        long between = layout.slotOffsetBytes(1) - layout.slotOffsetBytes(0) - 4096;
        long bitmapPages = (between - 1020 * 1024) / 4096;
        assertThat(bitmapPages * 4032 * 8 * 4096)
                .as("the bitmap covers the volume")
                .isGreaterThanOrEqualTo(layout.volumeBytes());
        assertThat(layout.metadataBytes() + layout.volumeBytes()).isEqualTo(layout.deviceBytes());
    }

    @Test
    void holdsForEverySize() {
        for (long size = 3 * MIB; size < 4 * MIB; size += 511) {
            check(size);
        }
        Random random = new Random(4);
        for (int i = 0; i < 10_000; i++) {
            check(3 * MIB + (random.nextLong() >>> 1) % (1L << 50));
        }
    }

    @Test
    void aKnownSize() {
        MetadataLayout layout = MetadataLayout.of(1L << 30);
        assertThat(layout.metadataBytes()).isEqualTo(2 * 4096 + 1020 * 1024 + 9 * 4096);
    }

    @Test
    void tooSmallAndTooLargeAreSaid() {
        assertThatThrownBy(() -> MetadataLayout.of(2 * MIB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 2097152 bytes")
                .hasMessageContaining("needs at least");
        assertThatThrownBy(() -> MetadataLayout.of(0)).hasMessageContaining("needs at least");
        assertThatThrownBy(() -> MetadataLayout.of(1L << 52)).hasMessageContaining("1 PiB");
    }
}
