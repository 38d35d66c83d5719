package dev.rhizome.core.activitylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.bitmap.Bitmap;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both halves against two sets. */
class UnflushedBlocksTest {
    private static final int SLOTS = 9;

    private record Block(int slot, int block) {}

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32, 64, 128, 1024})
    void agreesWithTwoSets(int extentBlocks) {
        Random random = new Random(extentBlocks);
        UnflushedBlocks blocks = new UnflushedBlocks(SLOTS, extentBlocks);
        Set<Block> open = new HashSet<>();
        Set<Block> closing = new HashSet<>();
        boolean flushing = false;
        for (int step = 0; step < 5_000; step++) {
            switch (random.nextInt(10)) {
                case 0 -> {
                    assertThat(blocks.close()).isEqualTo(!flushing);
                    if (!flushing) {
                        closing.addAll(open);
                        open.clear();
                        flushing = true;
                    }
                }
                case 1 -> {
                    if (flushing) {
                        boolean succeeded = random.nextBoolean();
                        blocks.end(succeeded);
                        if (!succeeded) {
                            open.addAll(closing);
                        }
                        closing.clear();
                        flushing = false;
                    }
                }
                case 2 -> {
                    if (!flushing && random.nextInt(20) == 0) {
                        blocks.clear();
                        open.clear();
                    }
                }
                default -> {
                    int slot = random.nextInt(SLOTS);
                    int from = random.nextInt(extentBlocks);
                    int to = from + 1 + random.nextInt(Math.min(70, extentBlocks - from));
                    blocks.add(slot, from, to);
                    for (int block = from; block < to; block++) {
                        open.add(new Block(slot, block));
                    }
                }
            }
            check(blocks, List.of(open, closing), extentBlocks, random);
            assertThat(blocks.flushing()).isEqualTo(flushing);
        }
    }

    private static void check(
            UnflushedBlocks blocks, List<Set<Block>> both, int extentBlocks, Random random) {
        Set<Integer> slots = new HashSet<>();
        both.forEach(half -> half.forEach(block -> slots.add(block.slot)));
        assertThat(blocks.extents()).isEqualTo(slots.size());
        for (int slot = 0; slot < SLOTS; slot++) {
            assertThat(blocks.any(slot)).isEqualTo(slots.contains(slot));
        }
        if (random.nextInt(50) > 0) {
            return;
        }
        ExtentIndex index = new ExtentIndex(SLOTS);
        Bitmap expected = new Bitmap(100L * extentBlocks);
        for (int slot = 0; slot < SLOTS; slot++) {
            int extent = slot * 11;
            index.put(slot, extent);
            for (Set<Block> half : both) {
                for (Block block : half) {
                    if (block.slot == slot) {
                        expected.set((long) extent * extentBlocks + block.block, 1);
                    }
                }
            }
        }
        Bitmap marked = new Bitmap(expected.blocks());
        blocks.markIn(marked, index);
        for (int word = 0; word < expected.words(); word++) {
            assertThat(marked.word(word)).isEqualTo(expected.word(word));
        }
    }
}
