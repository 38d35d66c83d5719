package dev.rhizome.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MetadataLayoutTest {
    private static final long MIB = 1 << 20;

    private static void check(long deviceSizeBytes) {
        MetadataLayout layout = MetadataLayout.internal(deviceSizeBytes);
        long device = deviceSizeBytes / 4096 * 4096;
        assertThat(layout.volumeBytes() % 4096).isZero();
        assertThat(layout.slotOffsetBytes(0)).isEqualTo(layout.volumeBytes());
        assertThat(layout.activityLogOffsetBytes(0)).isEqualTo(layout.slotOffsetBytes(0) + 4096);
        assertThat(layout.bitmapOffsetBytes(0))
                .isEqualTo(layout.activityLogOffsetBytes(0) + 255 * 4096);
        assertThat(layout.bitmapOffsetBytes(layout.bitmapPages()))
                .isEqualTo(layout.slotOffsetBytes(1));
        assertThat(layout.slotOffsetBytes(1)).isEqualTo(device - 4096);
        assertThat(layout.bitmapPages() * 31744L * 4096)
                .as("the bitmap covers the volume")
                .isGreaterThanOrEqualTo(layout.volumeBytes());
        assertThat(layout.metadataBytes() + layout.volumeBytes()).isEqualTo(device);
    }

    @Test
    void externalMetadataLeavesTheDataWhole() {
        MetadataLayout layout = MetadataLayout.external((1L << 30) + 512);
        assertThat(layout.volumeBytes()).isEqualTo((1L << 30) + 512);
        assertThat(layout.blocks()).as("the last one is short").isEqualTo((1 << 18) + 1);
        assertThat(layout.slotOffsetBytes(0)).isZero();
        assertThat(layout.bitmapPages()).isEqualTo(9);
        assertThat(layout.metadataBytes()).isEqualTo((2 + 255 + 9) * 4096);
    }

    @Test
    void holdsForEverySize() {
        for (long size = 3 * MIB; size < 4 * MIB; size += 511) {
            check(size);
        }
        Random random = new Random(4);
        for (int i = 0; i < 10_000; i++) {
            check(3 * MIB + (random.nextLong() >>> 1) % (1L << 48));
        }
    }

    @Test
    void aKnownSize() {
        MetadataLayout layout = MetadataLayout.internal(1L << 30);
        assertThat(layout.metadataBytes()).isEqualTo(2 * 4096 + 1020 * 1024 + 9 * 4096);
    }

    @Test
    void tooSmallAndTooLargeAreSaid() {
        assertThatThrownBy(() -> MetadataLayout.internal(2 * MIB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 2097152 bytes")
                .hasMessageContaining("needs at least");
        assertThatThrownBy(() -> MetadataLayout.internal(0)).hasMessageContaining("needs at least");
        assertThatThrownBy(() -> MetadataLayout.internal(1L << 52)).hasMessageContaining("256 TiB");
    }
}
