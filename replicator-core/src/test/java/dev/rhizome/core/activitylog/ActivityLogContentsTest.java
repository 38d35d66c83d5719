package dev.rhizome.core.activitylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.bitmap.Bitmap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a damaged ring says, and what a ring that a tool makes says. */
class ActivityLogContentsTest {
    private static final int BLOCKS = 12;

    /** Each adds its own number as an extent; 2000 slots, so that three repeat all of them. */
    private static ByteBuffer ring(int transactions) {
        ByteBuffer ring = ByteBuffer.allocate(BLOCKS * ActivityLogCodec.BYTES);
        ByteBuffer image = ByteBuffer.allocate(ActivityLogCodec.BYTES);
        Bitmap bitmap = new Bitmap(64_000);
        ActivityLog log = new ActivityLog(bitmap, 8, 2000, BLOCKS, 0);
        for (int i = 1; i <= transactions; i++) {
            log.beginRound();
            assertThat(log.enter(i * 8L * 4096, 512)).isFalse();
            int block = log.beginWrite(image);
            ring.put(block * ActivityLogCodec.BYTES, image, 0, ActivityLogCodec.BYTES);
            log.endWrite();
        }
        return ring;
    }

    private static void damage(ByteBuffer ring, int transaction) {
        int at = transaction % BLOCKS * ActivityLogCodec.BYTES + 600;
        ring.put(at, (byte) ~ring.get(at));
    }

    private static List<Integer> upTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    private static void assertUnknown(ByteBuffer ring, String problem) {
        ActivityLogContents contents = ActivityLogContents.read(ring);
        assertThat(contents.problem()).contains(problem);
        assertThat(contents.extents()).isEmpty();
        Bitmap bitmap = new Bitmap(1000);
        contents.foldInto(bitmap);
        assertThat(bitmap.setCount()).isEqualTo(1000);
    }

    @Test
    void aBlankRingHoldsNothing() {
        assertThat(ActivityLogContents.read(ring(0))).isEqualTo(ActivityLogContents.none());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, BLOCKS - 1, BLOCKS, BLOCKS + 1, 40})
    void aGoodRingIsReplayed(int transactions) {
        ActivityLogContents contents = ActivityLogContents.read(ring(transactions));
        assertThat(contents.problem()).isEmpty();
        assertThat(contents.extents()).containsExactlyInAnyOrderElementsOf(upTo(transactions));
        assertThat(contents.lastSequence()).isEqualTo(transactions);
        assertThat(contents.extentBlocks()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, BLOCKS, BLOCKS + 1, 40})
    void aTornNewestBlockLosesOnlyItself(int transactions) {
        ByteBuffer ring = ring(transactions);
        damage(ring, transactions);
        ActivityLogContents contents = ActivityLogContents.read(ring);
        assertThat(contents.problem()).isEmpty();
        assertThat(contents.extents()).containsExactlyInAnyOrderElementsOf(upTo(transactions - 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5, BLOCKS, 40})
    void damageInTheWindowIsReported(int transactions) {
        for (int before = 1; before <= 2; before++) {
            ByteBuffer ring = ring(transactions);
            damage(ring, transactions - before);
            assertUnknown(ring, "transaction " + (transactions - before) + " of it is damaged");
        }
    }

    @Test
    void whatIsOlderThanTheWindowDoesNotCount() {
        ByteBuffer ring = ring(40);
        damage(ring, 40 - 4);
        damage(ring, 40 - 7);
        assertThat(ActivityLogContents.read(ring).extents())
                .containsExactlyInAnyOrderElementsOf(upTo(40));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, BLOCKS, 40})
    void twoUnreadableBlocksAtTheEndAreNotTorn(int transactions) {
        ByteBuffer ring = ring(transactions);
        damage(ring, transactions);
        damage(ring, transactions - 1);
        ActivityLogContents contents = ActivityLogContents.read(ring);
        assertUnknown(ring, "2 blocks after transaction " + (transactions - 2));
        assertThat(contents.lastSequence()).isEqualTo(transactions);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, BLOCKS, 40})
    void aTransactionInTheWrongPlaceIsReported(int transactions) {
        ByteBuffer ring = ring(transactions - 1);
        byte[] lost = new byte[ActivityLogCodec.BYTES];
        ring(transactions).get(transactions % BLOCKS * ActivityLogCodec.BYTES, lost);
        ring.put((transactions + 3) % BLOCKS * ActivityLogCodec.BYTES, lost);
        assertUnknown(ring, "transaction " + transactions + " is in the wrong place");
        assertThat(ActivityLogContents.read(ring).lastSequence()).isEqualTo(transactions);
    }

    @Test
    void nothingReadableIsNotNothing() {
        ByteBuffer ring = ring(40);
        for (int block = 0; block < BLOCKS; block++) {
            damage(ring, block);
        }
        assertUnknown(ring, "cannot be read");
        ByteBuffer one = ring(0);
        one.put(7 * ActivityLogCodec.BYTES, (byte) 1);
        assertUnknown(one, "no block of it can be read");
    }

    @Test
    void afterDamageTheNextLifeIsReadAgain() {
        for (List<Integer> damaged : List.of(List.of(39), List.of(39, 40), List.of(38, 40))) {
            ByteBuffer ring = ring(40);
            damaged.forEach(transaction -> damage(ring, transaction));
            ActivityLogContents contents = ActivityLogContents.read(ring);
            assertThat(contents.problem()).isNotEmpty();
            ActivityLog next =
                    new ActivityLog(new Bitmap(64_000), 8, 100, BLOCKS, contents.lastSequence());
            next.reset();
            ByteBuffer image = ByteBuffer.allocate(ActivityLogCodec.BYTES);
            int block = next.beginWrite(image);
            ring.put(block * ActivityLogCodec.BYTES, image, 0, ActivityLogCodec.BYTES);
            assertThat(ActivityLogContents.read(ring).problem()).isEmpty();
            assertThat(ActivityLogContents.read(ring).extents()).isEmpty();
        }
    }

    @Test
    void aTransactionOfAnotherShapeInTheWindowIsReported() {
        ByteBuffer ring = ring(5);
        ByteBuffer image = ByteBuffer.allocate(ActivityLogCodec.BYTES);
        ActivityLogCodec.begin(image, 4, 16, 2000, false);
        ActivityLogCodec.end(image, 0, 0);
        ring.put(4 * ActivityLogCodec.BYTES, image, 0, ActivityLogCodec.BYTES);
        assertUnknown(ring, "transaction 4 of it does not fit the newest");
    }

    @Test
    void foldsExtentsIntoTheBitmap() {
        Bitmap bitmap = new Bitmap(100);
        new ActivityLogContents(List.of(1, 12, 500), 8, 3, "").foldInto(bitmap);
        assertThat(bitmap.nextSet(0)).isEqualTo(8);
        assertThat(bitmap.nextClear(8, 100)).isEqualTo(16);
        assertThat(bitmap.setCount()).as("the last extent is short").isEqualTo(8 + 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 887, 888, 889, 6433, 65_534})
    void aRingMadeByAToolReplaysToItsExtents(int count) {
        Random random = new Random(count);
        Set<Integer> extents = new HashSet<>();
        while (extents.size() < count) {
            extents.add(random.nextInt(1 << 28));
        }
        ByteBuffer ring = ByteBuffer.allocate(255 * ActivityLogCodec.BYTES);
        damage(ring, 3);
        ActivityLogImage.encode(new ArrayList<>(extents), 1024, ring);
        ActivityLogContents contents = ActivityLogContents.read(ring);
        assertThat(contents.problem()).isEmpty();
        assertThat(contents.extents()).hasSize(count);
        assertThat(new HashSet<>(contents.extents())).isEqualTo(extents);
        assertThat(contents.extentBlocks()).isEqualTo(count == 0 ? 0 : 1024);
        assertThat(contents.lastSequence()).isEqualTo((count + 887) / 888);
    }
}
