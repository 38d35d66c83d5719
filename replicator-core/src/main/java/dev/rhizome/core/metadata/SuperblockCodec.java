package dev.rhizome.core.metadata;

import dev.rhizome.core.Limits;
import dev.rhizome.core.generation.Generations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one superblock slot: 4096, big-endian, the rest zero.
 *
 * <pre>
 *    0  magic           8 bytes  "RHIZOME" and a zero byte
 *    8  crc32c          u32      of bytes 12 to 4095
 *   12  format version  u32      2
 *   16  sequence        u64      from 1; the larger of two valid slots counts
 *   24  volume bytes    u64      1 to 256 TiB
 *   32  block bytes     u32      4096: what one bit of the bitmap stands for
 *   36  flags           u32      Superblock.Flag
 *   40  current         u64      generation identifiers
 *   48  bitmap          u64
 *   56  history count   u32      0 to 8
 *   60  name length     u32      1 to 63
 *   64  history         8 * u64
 *  128  resource name   64 bytes visible ASCII, zero-padded
 *  192  tenure          3 * u64  Primary since, Primary until, alone since: milliseconds since
 *                                1970, 0 if not so or not known; for people
 * </pre>
 */
public final class SuperblockCodec {
    /** The size of a slot. */
    public static final int BYTES = 4096;

    /** The version that this code writes and the newest that it reads. */
    public static final int FORMAT_VERSION = 2;

    /** "RHIZOME" and a zero byte. */
    public static final long MAGIC = 0x5248495A4F4D4500L;

    private static final int CRC_OFFSET = 8;
    private static final int CRC_START = 12;
    private static final int HISTORY_OFFSET = 64;
    private static final int NAME_OFFSET = 128;
    private static final int TENURE_OFFSET = 192;

    private SuperblockCodec() {}

    /**
     * What a slot holds.
     *
     * @param superblock the superblock, or null if the slot is not usable
     * @param problem why it is not usable, for a person; empty if it is
     * @param foreign whether the slot holds no trace of Rhizome metadata at all
     * @param tooNew whether a later release has written it: its neighbour is then not the truth
     */
    public record Decoded(
            @Nullable Superblock superblock, String problem, boolean foreign, boolean tooNew) {
        static Decoded bad(String problem) {
            return new Decoded(null, problem, false, false);
        }
    }

    /** Fills {@link #BYTES} bytes from the buffer's start. */
    public static void encode(Superblock superblock, ByteBuffer target) {
        target.clear().order(ByteOrder.BIG_ENDIAN);
        for (int at = 0; at < BYTES; at += Long.BYTES) {
            target.putLong(at, 0);
        }
        Generations generations = superblock.generations();
        byte[] name = superblock.resource().getBytes(StandardCharsets.US_ASCII);
        target.putLong(0, MAGIC)
                .putInt(12, FORMAT_VERSION)
                .putLong(16, superblock.sequence())
                .putLong(24, superblock.volumeBytes())
                .putInt(32, Limits.BLOCK_BYTES)
                .putInt(36, superblock.flags())
                .putLong(40, generations.current())
                .putLong(48, generations.bitmap())
                .putInt(56, generations.history().size())
                .putInt(60, name.length);
        int at = HISTORY_OFFSET;
        for (long value : generations.history()) {
            target.putLong(at, value);
            at += Long.BYTES;
        }
        target.put(NAME_OFFSET, name);
        Tenure tenure = superblock.tenure();
        target.putLong(TENURE_OFFSET, tenure.primarySinceMs())
                .putLong(TENURE_OFFSET + Long.BYTES, tenure.primaryUntilMs())
                .putLong(TENURE_OFFSET + 2 * Long.BYTES, tenure.aloneSinceMs());
        target.putInt(CRC_OFFSET, checksum(target));
        target.limit(BYTES).position(0);
    }

    /** Reads {@link #BYTES} bytes from the buffer's start; guesses nothing (INV-08). */
    public static Decoded decode(ByteBuffer source) {
        ByteBuffer slot = source.duplicate().clear().order(ByteOrder.BIG_ENDIAN);
        if (slot.getLong(0) != MAGIC) {
            return new Decoded(null, "no Rhizome metadata", true, false);
        }
        if (slot.getInt(CRC_OFFSET) != checksum(slot)) {
            return Decoded.bad("checksum does not match: the slot is damaged or half written");
        }
        int version = slot.getInt(12);
        if (Integer.compareUnsigned(version, FORMAT_VERSION) > 0) {
            return new Decoded(null, tooNew(version), false, true);
        }
        if (version != FORMAT_VERSION) {
            return Decoded.bad(
                    "metadata format version "
                            + version
                            + " is of a pre-release and has no bitmap; run 'rhizome create-md"
                            + " --force' and let the peer's data be copied");
        }
        int historyCount = slot.getInt(56);
        int nameLength = slot.getInt(60);
        long volumeBytes = slot.getLong(24);
        if (slot.getInt(32) != Limits.BLOCK_BYTES
                || slot.getLong(16) < 1
                || volumeBytes < 1
                || volumeBytes > Limits.MAX_VOLUME_BYTES
                || historyCount < 0
                || historyCount > Limits.GENERATION_HISTORY
                || nameLength < 1
                || nameLength > Limits.MAX_NAME_LENGTH
                || !readable(slot, nameLength)) {
            return Decoded.bad("fields out of range");
        }
        return new Decoded(fields(slot, historyCount, nameLength), "", false, false);
    }

    /** A name is shown to people: nothing but visible ASCII is one. */
    private static boolean readable(ByteBuffer slot, int nameLength) {
        for (int i = 0; i < nameLength; i++) {
            byte character = slot.get(NAME_OFFSET + i);
            if (character <= ' ' || character > '~') {
                return false;
            }
        }
        return true;
    }

    private static String tooNew(int version) {
        return "metadata format version "
                + Integer.toUnsignedString(version)
                + " is newer than this Rhizome reads ("
                + FORMAT_VERSION
                + "): install the version that wrote it, or a later one";
    }

    private static Superblock fields(ByteBuffer slot, int historyCount, int nameLength) {
        List<Long> history = new ArrayList<>(historyCount);
        for (int i = 0; i < historyCount; i++) {
            history.add(slot.getLong(HISTORY_OFFSET + i * Long.BYTES));
        }
        byte[] name = new byte[nameLength];
        slot.get(NAME_OFFSET, name);
        return new Superblock(
                slot.getLong(16),
                new String(name, StandardCharsets.US_ASCII),
                slot.getLong(24),
                slot.getInt(36),
                new Generations(slot.getLong(40), slot.getLong(48), history),
                new Tenure(
                        slot.getLong(TENURE_OFFSET),
                        slot.getLong(TENURE_OFFSET + Long.BYTES),
                        slot.getLong(TENURE_OFFSET + 2 * Long.BYTES)));
    }

    private static int checksum(ByteBuffer slot) {
        CRC32C crc = new CRC32C();
        crc.update(slot.duplicate().clear().position(CRC_START).limit(BYTES));
        return (int) crc.getValue();
    }
}
