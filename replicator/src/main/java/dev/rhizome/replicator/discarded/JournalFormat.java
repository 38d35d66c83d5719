package dev.rhizome.replicator.discarded;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file of kept blocks, big-endian. It is sparse: a block lies where it lay on the
 * volume, behind header and table.
 *
 * <pre>
 *    0  magic            8 bytes "RZDISCRD"
 *    8  crc32c           u32     of bytes 12 to 4095
 *   12  format version   u32     1
 *   16  volume bytes     u64
 *   24  kept blocks      u64     of 4096 bytes
 *   32  runs             u32
 *   36  crc32c           u32     of the table
 *   40  time             u64     milliseconds since 1970
 *   48  generation       u64     of the data
 *   56  u8 length + resource name, u8 length + node name
 * 4096  table            16 bytes a run: u64 first block, u32 count (1 to 256), u32 crc32c of the
 *                        run's data; filled up to 4096 bytes
 *       data             the volume's byte 0 is at the first multiple of 4096 behind the table
 * </pre>
 */
final class JournalFormat {
    static final int HEADER_BYTES = 4096;
    static final int RUN_BYTES = 16;

    /** One mebibyte at once. */
    static final int MAX_RUN_BLOCKS = 256;

    private static final long MAGIC = 0x525A444953435244L;
    private static final int VERSION = 1;
    private static final int CRC_OFFSET = 8;
    private static final int NAMES_OFFSET = 56;
    private static final int MAX_NAME = 255;

    private JournalFormat() {}

    /** A header, and how the table must look. */
    record Header(DiscardedJournal journal, int runs, int tableCrc) {}

    static long dataStart(int runs) {
        long table = (long) runs * RUN_BYTES;
        return HEADER_BYTES + (table + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
    }

    static ByteBuffer encode(Header header) {
        DiscardedJournal journal = header.journal();
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES);
        bytes.putLong(0, MAGIC)
                .putInt(12, VERSION)
                .putLong(16, journal.volumeBytes())
                .putLong(24, journal.blocks())
                .putInt(32, header.runs())
                .putInt(36, header.tableCrc())
                .putLong(40, journal.at().toEpochMilli())
                .putLong(48, Long.parseUnsignedLong(journal.generation(), 16));
        bytes.position(NAMES_OFFSET);
        putName(bytes, journal.resource());
        putName(bytes, journal.node());
        bytes.putInt(CRC_OFFSET, crc(bytes.array(), CRC_OFFSET + Integer.BYTES, HEADER_BYTES));
        return bytes.clear();
    }

    /** The header in the bytes; null if they are none that is whole. */
    static @Nullable Header decode(Path file, byte[] header) {
        ByteBuffer bytes = ByteBuffer.wrap(header);
        boolean whole =
                bytes.getLong(0) == MAGIC
                        && bytes.getInt(12) == VERSION
                        && bytes.getInt(CRC_OFFSET)
                                == crc(header, CRC_OFFSET + Integer.BYTES, HEADER_BYTES);
        if (!whole) {
            return null;
        }
        ByteBuffer names = bytes.duplicate().position(NAMES_OFFSET);
        String resource = name(names);
        String node = name(names);
        return new Header(
                new DiscardedJournal(
                        file,
                        resource,
                        node,
                        Instant.ofEpochMilli(bytes.getLong(40)),
                        bytes.getLong(16),
                        String.format("%016X", bytes.getLong(48)),
                        bytes.getLong(24)),
                bytes.getInt(32),
                bytes.getInt(36));
    }

    static int crc(byte[] bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }

    private static void putName(ByteBuffer bytes, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, MAX_NAME);
        bytes.put((byte) length).put(text, 0, length);
    }

    private static String name(ByteBuffer bytes) {
        byte[] text = new byte[bytes.get() & 0xFF];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
