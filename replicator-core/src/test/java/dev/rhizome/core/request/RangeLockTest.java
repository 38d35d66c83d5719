package dev.rhizome.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.InvariantViolation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RangeLockTest {
    private static final int HOLDERS = 24;

    private record Range(int holder, long start, long length) {
        boolean overlaps(Range other) {
            return start < other.start + other.length && other.start < start + length;
        }
    }

    /** In the order of asking: a range is held if nobody before it overlaps it. */
    private final List<Range> asked = new ArrayList<>();

    private final Set<Integer> held = new HashSet<>();

    private boolean free(Range range) {
        for (Range other : asked) {
            if (other.holder == range.holder) {
                return true;
            }
            if (other.overlaps(range)) {
                return false;
            }
        }
        return true;
    }

    @Test
    void agreesWithANaiveModel() {
        Random random = new Random(5);
        RangeLock lock = new RangeLock(HOLDERS);
        for (int step = 0; step < 200_000; step++) {
            int holder = random.nextInt(HOLDERS);
            Range mine = null;
            for (Range range : asked) {
                mine = range.holder == holder ? range : mine;
            }
            if (mine == null) {
                Range range =
                        new Range(
                                holder, random.nextInt(64) * 512L, (1 + random.nextInt(8)) * 512L);
                boolean free = free(range);
                asked.add(range);
                assertThat(lock.lock(holder, range.start, range.length)).isEqualTo(free);
                if (free) {
                    held.add(holder);
                }
            } else {
                lock.unlock(holder);
                asked.remove(mine);
                held.remove(holder);
                grant(lock);
            }
            requireNoOverlap();
        }
    }

    private void grant(RangeLock lock) {
        Set<Integer> expected = new HashSet<>();
        for (Range range : asked) {
            if (!held.contains(range.holder) && free(range)) {
                expected.add(range.holder);
            }
        }
        Set<Integer> granted = new HashSet<>();
        for (int next = lock.nextGranted(); next >= 0; next = lock.nextGranted()) {
            assertThat(granted.add(next)).isTrue();
        }
        assertThat(granted).isEqualTo(expected);
        held.addAll(granted);
    }

    private void requireNoOverlap() {
        for (Range one : asked) {
            for (Range other : asked) {
                boolean both = held.contains(one.holder) && held.contains(other.holder);
                boolean distinct = one.holder != other.holder;
                assertThat(distinct && both && one.overlaps(other)).isFalse();
            }
        }
    }

    @Test
    void unlockingWhatIsNotHeldIsABug() {
        RangeLock lock = new RangeLock(2);
        assertThatThrownBy(() -> lock.unlock(0)).isInstanceOf(InvariantViolation.class);
    }
}
