package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutOfSyncMapTest {
    private static final int PAGE = BitmapPageCodec.BLOCKS_PER_PAGE;
    private static final long BLOCK = 4096;

    @ParameterizedTest
    @CsvSource({
        "1, 16, 1",
        "64, 16, 1",
        "65, 16, 2",
        "10000, 16, 16",
        "1000000, 64, 64",
        "1073741824, 256, 255",
        "1073741824, 1024, 995"
    })
    void cellsAreOfOneSizeAndNotTooMany(long blocks, int most, int cells) {
        OutOfSyncMap map = OutOfSyncMap.of(new Bitmap(blocks), 0, most);

        assertThat(map.known()).isTrue();
        assertThat(map.outOfSyncBytes()).hasSize(cells).hasSizeLessThanOrEqualTo(most);
        assertThat(map.cellBytes() * cells).isGreaterThanOrEqualTo(blocks * BLOCK);
        assertThat(map.cellBytes() * (cells - 1)).isLessThan(blocks * BLOCK);
    }

    @Test
    void everyBlockCountsInItsCell() {
        Bitmap bitmap = new Bitmap(4 * PAGE);
        bitmap.set(0, 1);
        bitmap.set(PAGE - 1L, 3);
        bitmap.set(4L * PAGE - 1, 1);

        assertThat(OutOfSyncMap.of(bitmap, 0, 4).outOfSyncBytes())
                .isEqualTo(List.of(2 * BLOCK, 2 * BLOCK, 0L, BLOCK));
        assertThat(OutOfSyncMap.of(bitmap, 0, 1).outOfSyncBytes()).isEqualTo(List.of(5 * BLOCK));
    }

    @Test
    void whatAResyncHasCopiedDoesNotCountAnyMore() {
        Bitmap bitmap = new Bitmap(4 * PAGE);
        bitmap.setAll();

        assertThat(OutOfSyncMap.of(bitmap, PAGE + 5L, 4).outOfSyncBytes())
                .isEqualTo(List.of(0L, (PAGE - 5) * BLOCK, PAGE * BLOCK, PAGE * BLOCK));
    }
}
