package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.activitylog.ActivityLogImage;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockSlots;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Internal metadata moves to the end of a larger device, whatever cuts that short. */
class MetadataMoveTest {
    private static final int MIB = 1 << 20;
    private static final int OLD_BYTES = 4 * MIB;
    private static final int NEW_BYTES = 9 * MIB + 512;
    private static final MetadataLayout OLD = MetadataLayout.internal(OLD_BYTES);
    private static final MetadataLayout NEW = MetadataLayout.internal(NEW_BYTES);

    /** A device in memory that dies at some change, which is done, half done, or not done. */
    private static final class Device implements RawBytes {
        final byte[] bytes;
        int changesLeft = Integer.MAX_VALUE;
        int keptOfTheLast;

        Device(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long sizeBytes() {
            return bytes.length;
        }

        @Override
        public void read(long offsetBytes, ByteBuffer target) {
            int count = (int) Math.min(target.remaining(), bytes.length - offsetBytes);
            target.put(bytes, (int) offsetBytes, count);
        }

        @Override
        public void write(long offsetBytes, ByteBuffer source) throws IOException {
            byte[] all = new byte[source.remaining()];
            source.get(all);
            change((int) offsetBytes, all);
        }

        @Override
        public void zero(long offsetBytes, long lengthBytes) throws IOException {
            change((int) offsetBytes, new byte[(int) lengthBytes]);
        }

        private void change(int at, byte[] all) throws IOException {
            boolean last = changesLeft == 0;
            int kept = last ? (int) ((long) all.length * keptOfTheLast / 2) : all.length;
            System.arraycopy(all, 0, bytes, at, kept);
            if (last) {
                throw new IOException("dead");
            }
            changesLeft--;
        }

        @Override
        public void sync() {}
    }

    private static byte[] old() {
        Random random = new Random(5);
        byte[] bytes = new byte[OLD_BYTES];
        random.nextBytes(bytes);
        Device device = new Device(bytes);
        Superblock superblock = Superblock.created("r0", OLD.volumeBytes()).withSequence(7);
        for (int slot = 0; slot < 2; slot++) {
            SuperblockCodec.encode(superblock, slice(device, OLD.slotOffsetBytes(slot)));
        }
        ByteBuffer ring =
                ByteBuffer.wrap(
                        bytes,
                        (int) OLD.activityLogOffsetBytes(0),
                        OLD.activityLogBlocks() * SuperblockCodec.BYTES);
        ActivityLogImage.encode(List.of(0), 8, ring.slice());
        Bitmap bitmap = new Bitmap(OLD.blocks());
        bitmap.set(3, 2);
        bitmap.requireAll();
        ByteBuffer page = ByteBuffer.allocate(SuperblockCodec.BYTES);
        bitmap.beginWrite(page);
        page.get(bytes, (int) OLD.bitmapOffsetBytes(0), SuperblockCodec.BYTES);
        return bytes;
    }

    private static ByteBuffer slice(Device device, long at) {
        return ByteBuffer.wrap(device.bytes, (int) at, SuperblockCodec.BYTES).slice();
    }

    private static Device grown() {
        return new Device(Arrays.copyOf(old(), NEW_BYTES));
    }

    private static MetadataLocator.Found find(Device device) throws IOException {
        return new MetadataLocator(device, device, "r0").find();
    }

    /** All is there, in the old place or the new one; and data is what it was. */
    private static MetadataLayout requireWhole(Device device) throws IOException {
        MetadataLocator.Found found = find(device);
        MetadataLayout layout = found.layout();
        if (found.unfinished() != null) {
            Superblock superblock =
                    SuperblockCodec.decode(slice(device, layout.slotOffsetBytes(0))).superblock();
            if (superblock == null) {
                throw new AssertionError("a move is to be finished, and slot 0 is not good");
            }
            new MetadataMover(device, "r0").finish(found.unfinished(), layout, superblock);
        }
        SuperblockSlots.Choice choice =
                SuperblockSlots.choose(
                        slice(device, layout.slotOffsetBytes(0)),
                        slice(device, layout.slotOffsetBytes(1)));
        Superblock superblock = choice.superblock();
        if (superblock == null) {
            throw new AssertionError(choice.problem());
        }
        assertThat(superblock.sequence()).isEqualTo(7);
        assertThat(layout.volumeBytes()).isEqualTo(OLD.volumeBytes());
        assertThat(layout.capacityBytes()).isEqualTo(NEW.volumeBytes());
        AttachedMetadata attached =
                AttachedMetadata.read(layout, superblock, choice.behindSlot(), device::read);
        assertThat(attached.warnings()).isEmpty();
        assertThat(attached.log().extents()).containsExactly(0);
        assertThat(attached.bitmap().setCount()).isEqualTo(2);
        assertThat(attached.bitmap().isSet(4)).isTrue();
        int volume = (int) OLD.volumeBytes();
        assertThat(Arrays.copyOf(device.bytes, volume)).isEqualTo(Arrays.copyOf(old(), volume));
        return layout;
    }

    @Test
    void isFoundWhereTheEndWas() throws IOException {
        Device device = grown();
        assertThat(requireWhole(device).startBytes()).isEqualTo(OLD.startBytes());
        assertThat(new MetadataLocator(device, device, "r0").findsEarlier()).isTrue();
        assertThat(new MetadataLocator(device, device, "other").findsEarlier()).isFalse();
    }

    @Test
    void movesAndLeavesZeroesBehind() throws IOException {
        Device device = grown();
        new MetadataMover(device, "r0").move(OLD, NEW.withVolumeBytes(OLD.volumeBytes()));
        assertThat(requireWhole(device).startBytes()).isEqualTo(NEW.startBytes());
        int from = (int) OLD.startBytes();
        assertThat(Arrays.copyOfRange(device.bytes, from, OLD_BYTES))
                .isEqualTo(new byte[OLD_BYTES - from]);
    }

    @Test
    void aCrashAtAnyChangeLeavesItInOnePlace() throws IOException {
        boolean oldPlace = false;
        boolean newPlace = false;
        for (int changes = 0; changes < 10_000; changes++) {
            for (int kept = 0; kept <= 2; kept++) {
                Device device = grown();
                device.changesLeft = changes;
                device.keptOfTheLast = kept;
                MetadataMover mover = new MetadataMover(device, "r0");
                try {
                    mover.move(OLD, NEW.withVolumeBytes(OLD.volumeBytes()));
                    assertThat(oldPlace && newPlace).isTrue();
                    return;
                } catch (IOException dead) {
                    device.changesLeft = Integer.MAX_VALUE;
                    boolean moved = requireWhole(device).startBytes() == NEW.startBytes();
                    if (!(dead instanceof MetadataMover.Torn)) {
                        assertThat(moved).as("it is said to be where it was").isFalse();
                    }
                    newPlace |= moved;
                    oldPlace |= !moved;
                }
            }
        }
        throw new AssertionError("the move never ends");
    }

    @Test
    void aRecordThatIsDamagedIsNone() {
        ByteBuffer block = MoveRecord.of("r0", OLD).encode();
        assertThat(MoveRecord.decode(block)).isEqualTo(MoveRecord.of("r0", OLD));
        block.put(40, (byte) 1);
        assertThat(MoveRecord.decode(block)).isNull();
        assertThat(MoveRecord.decode(ByteBuffer.allocate(SuperblockCodec.BYTES))).isNull();
    }

    @Test
    void growthThatLeavesNoRoomBesideTheOldPlaceIsNone() throws IOException {
        Device device = new Device(Arrays.copyOf(old(), OLD_BYTES + 4096));
        assertThat(find(device).layout().capacityBytes()).isEqualTo(OLD.volumeBytes());
        assertThatThrownBy(() -> find(new Device(new byte[4096])))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
