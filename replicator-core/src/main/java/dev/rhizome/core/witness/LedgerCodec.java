package dev.rhizome.core.witness;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The bytes of a witness's state file: all of the ledger, and nothing else. Big-endian; holdings as
 * in {@link WitnessFields}, in the order of resource and node:
 *
 * <pre>
 *   0  magic           8 bytes  "RHZWITN" and a zero byte
 *   8  crc32c          u32      of all bytes from 12 on
 *  12  format version  u32      1
 *  16  sequence        u64      from 1; one more for each change
 *  24  total bytes     u32      of the file
 *  28  count           u32      0 to 1024
 *  32  holdings
 * </pre>
 */
public final class LedgerCodec {
    /** The version that this code writes and the newest that it reads. */
    public static final int FORMAT_VERSION = 1;

    /** The largest file. */
    public static final int MAX_BYTES =
            32 + WitnessLedger.MAX_HOLDINGS * WitnessFields.MAX_HOLDING_BYTES;

    private static final long MAGIC = 0x52485A5749544E00L;
    private static final int HEADER_BYTES = 32;
    private static final int CRC_OFFSET = 8;
    private static final int CRC_START = 12;

    private LedgerCodec() {}

    /** The whole file. */
    public static byte[] encode(LedgerImage image) {
        int capacity = HEADER_BYTES + image.holdings().size() * WitnessFields.MAX_HOLDING_BYTES;
        ByteBuffer out = ByteBuffer.allocate(capacity).order(ByteOrder.BIG_ENDIAN);
        out.position(HEADER_BYTES);
        image.holdings().forEach(holding -> WitnessFields.putHolding(out, holding));
        out.flip();
        out.putLong(0, MAGIC)
                .putInt(12, FORMAT_VERSION)
                .putLong(16, image.sequence())
                .putInt(24, out.limit())
                .putInt(28, image.holdings().size());
        out.putInt(CRC_OFFSET, checksum(out));
        byte[] bytes = new byte[out.limit()];
        out.get(bytes);
        return bytes;
    }

    /**
     * Reads a whole file; guesses nothing.
     *
     * @throws WitnessFormatException what is wrong with it
     */
    public static LedgerImage decode(byte[] bytes) throws WitnessFormatException {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
        if (bytes.length < HEADER_BYTES || in.getLong(0) != MAGIC) {
            throw new WitnessFormatException("it is not the state of a witness, or is cut off");
        }
        if (in.getInt(CRC_OFFSET) != checksum(in)) {
            throw new WitnessFormatException("it is damaged: its checksum does not match");
        }
        int version = in.getInt(12);
        if (version != FORMAT_VERSION) {
            throw new WitnessFormatException(
                    "its format version "
                            + Integer.toUnsignedString(version)
                            + " is not known to this Rhizome ("
                            + FORMAT_VERSION
                            + "): install the version that wrote it");
        }
        int count = in.getInt(28);
        if (in.getInt(24) != bytes.length
                || in.getLong(16) < 1
                || count < 0
                || count > WitnessLedger.MAX_HOLDINGS) {
            throw new WitnessFormatException("its fields are out of range");
        }
        try {
            return new LedgerImage(in.getLong(16), holdings(in.position(HEADER_BYTES), count));
        } catch (BufferUnderflowException e) {
            throw new WitnessFormatException("its fields are out of range");
        }
    }

    private static List<Holding> holdings(ByteBuffer in, int count) throws WitnessFormatException {
        List<Holding> holdings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            holdings.add(WitnessFields.holding(in));
        }
        if (in.hasRemaining() || !WitnessFields.inOrder(holdings)) {
            throw new WitnessFormatException("its fields are out of range");
        }
        return holdings;
    }

    private static int checksum(ByteBuffer all) {
        CRC32C crc = new CRC32C();
        ByteBuffer covered = all.duplicate();
        covered.position(CRC_START);
        crc.update(covered);
        return (int) crc.getValue();
    }
}
