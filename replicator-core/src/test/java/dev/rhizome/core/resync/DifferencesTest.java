package dev.rhizome.core.resync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DifferencesTest {

    private static List<String> runs(long offset, int length, int mask) {
        Differences differences = new Differences();
        differences.of(offset, length, mask);
        List<String> runs = new ArrayList<>();
        while (differences.any()) {
            differences.next();
            runs.add(differences.offsetBytes() + "+" + differences.lengthBytes());
        }
        return runs;
    }

    @Test
    void eachRunOnce() {
        assertThat(runs(0, 128 << 10, 0b1011_0001))
                .containsExactly("0+4096", "16384+8192", "28672+4096");
        assertThat(runs(1 << 20, 128 << 10, 0x8000_0000)).containsExactly("1175552+4096");
        assertThat(runs(0, 128 << 10, -1)).containsExactly("0+131072");
        assertThat(runs(0, 128 << 10, 0)).isEmpty();
    }

    @Test
    void theLastBlockMayBeShort() {
        assertThat(runs(8192, 4096 + 512, 0b10)).containsExactly("12288+512");
        assertThat(runs(8192, 4096 + 512, 0b11)).containsExactly("8192+4608");
    }
}
