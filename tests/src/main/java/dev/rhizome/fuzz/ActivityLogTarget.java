package dev.rhizome.fuzz;

import dev.rhizome.core.activitylog.ActivityLog;
import dev.rhizome.core.activitylog.ActivityLogCodec;
import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.activitylog.ActivityLogImage;
import dev.rhizome.core.bitmap.Bitmap;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** The ring of an activity log, of as many blocks as there are. */
final class ActivityLogTarget implements Target {
    private static final int BLOCKS = 8;

    @Override
    public String name() {
        return "activity-log";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(used(3, 20), used(30, 100), used(40, 2000), made(5), made(3000));
    }

    /** A ring after some transactions of a log with this many slots. */
    private static byte[] used(int transactions, int slots) {
        ByteBuffer ring = ByteBuffer.allocate(BLOCKS * Blocks.BYTES);
        ByteBuffer image = ByteBuffer.allocate(Blocks.BYTES);
        ActivityLog log = new ActivityLog(new Bitmap(64_000), 8, slots, BLOCKS, 0);
        for (int i = 1; i <= transactions; i++) {
            log.beginRound();
            boolean active = log.enter(i * 8L * 4096, 512);
            Target.require(!active, "an extent is cold at first");
            ring.put(log.beginWrite(image) * Blocks.BYTES, image, 0, Blocks.BYTES);
            log.endWrite();
        }
        return ring.array();
    }

    private static byte[] made(int extents) {
        ByteBuffer ring = ByteBuffer.allocate(BLOCKS * Blocks.BYTES);
        ActivityLogImage.encode(IntStream.range(0, extents).boxed().toList(), 1024, ring);
        return ring.array();
    }

    @Override
    public void fixChecksums(byte[] input) {
        Blocks.fix(input, 4);
    }

    @Override
    public boolean accepts(byte[] input) {
        ActivityLogContents contents = ActivityLogContents.read(Blocks.whole(input, 1));
        boolean good = contents.problem().isEmpty();
        Target.require(good || contents.extents().isEmpty(), "extents of a log that is lost");
        Target.require(contents.extents().size() <= ActivityLogCodec.MAX_SLOTS, "too many extents");
        Target.require(
                contents.extents().isEmpty() || ActivityLog.extentFits(contents.extentBlocks()),
                "an impossible extent");
        Target.require(contents.lastSequence() >= 0, "an impossible sequence number");
        Bitmap bitmap = new Bitmap(10_000);
        contents.foldInto(bitmap);
        Target.require(good || bitmap.setCount() == 10_000, "a log that is lost stands for all");
        return good;
    }
}
