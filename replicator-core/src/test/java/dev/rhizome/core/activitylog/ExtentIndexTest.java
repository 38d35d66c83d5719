package dev.rhizome.core.activitylog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtentIndexTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 500})
    void agreesWithMaps(int slots) {
        Random random = new Random(slots);
        ExtentIndex index = new ExtentIndex(slots);
        Map<Integer, Integer> slotOf = new HashMap<>();
        Map<Integer, Integer> extentOf = new HashMap<>();
        // In the order of use, the oldest first.
        LinkedHashMap<Integer, Boolean> used = new LinkedHashMap<>();
        for (int slot = 0; slot < slots; slot++) {
            used.put(slot, true);
        }
        for (int step = 0; step < 20_000; step++) {
            int slot = random.nextInt(4) == 0 ? index.oldest() : random.nextInt(slots);
            int extent =
                    random.nextInt(4) == 0 ? random.nextInt() >>> 1 : random.nextInt(4 * slots);
            switch (random.nextInt(step % 5000 == 4999 ? 5 : 4)) {
                case 0 -> {
                    if (!slotOf.containsKey(extent)) {
                        Integer before = extentOf.put(slot, extent);
                        slotOf.remove(before);
                        slotOf.put(extent, slot);
                        index.put(slot, extent);
                        used.remove(slot);
                        used.put(slot, true);
                    }
                }
                case 1 -> {
                    index.touch(slot);
                    used.remove(slot);
                    used.put(slot, true);
                }
                case 2 -> {
                    assertThat(index.find(extent)).isEqualTo(slotOf.getOrDefault(extent, -1));
                    assertThat(index.extentOf(slot))
                            .isEqualTo(extentOf.getOrDefault(slot, ActivityLogCodec.FREE));
                }
                case 3 -> {
                    index.remove(slot);
                    slotOf.remove(extentOf.remove(slot));
                }
                default -> {
                    index.clear();
                    slotOf.clear();
                    extentOf.clear();
                    used.clear();
                    for (int free = 0; free < slots; free++) {
                        used.put(free, true);
                    }
                }
            }
            if (step % 50 == 0) {
                assertThat(order(index)).isEqualTo(new ArrayList<>(used.keySet()));
                slotOf.forEach((known, at) -> assertThat(index.find(known)).isEqualTo(at));
            }
        }
    }

    private static List<Integer> order(ExtentIndex index) {
        List<Integer> order = new ArrayList<>();
        for (int slot = index.oldest(); slot >= 0; slot = index.newer(slot)) {
            order.add(slot);
        }
        return order;
    }
}
