package dev.rhizome.fuzz;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.core.witness.LedgerCodec;
import dev.rhizome.core.witness.LedgerImage;
import dev.rhizome.core.witness.WitnessFormatException;
import dev.rhizome.core.witness.WitnessLedger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** The state file of a witness. */
final class WitnessLedgerTarget implements Target {
    private static final int CRC_OFFSET = 8;
    private static final int CRC_START = 12;
    private static final int TOTAL_OFFSET = 24;
    private static final int HEADER_BYTES = 32;

    @Override
    public String name() {
        return "witness-ledger";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                LedgerCodec.encode(LedgerImage.EMPTY),
                LedgerCodec.encode(new LedgerImage(77, some())));
    }

    /** A few holdings, one of them with all that fits. */
    static List<Holding> some() {
        List<Long> many = new ArrayList<>();
        for (long i = 0; i < Holding.MAX_GENERATIONS; i++) {
            many.add(i * i);
        }
        return List.of(
                new Holding("r0", "alpha", 1_795_000_000_000L, -1, 5, List.of(1L, -2L), false),
                new Holding("r0", "beta", 0, 7, -1, List.of(3L), false),
                new Holding("r".repeat(63), "n".repeat(63), -1, 1, 2, many, true));
    }

    @Override
    public void fixChecksums(byte[] input) {
        if (input.length < HEADER_BYTES) {
            return;
        }
        ByteBuffer file = ByteBuffer.wrap(input).putInt(TOTAL_OFFSET, input.length);
        CRC32C crc = new CRC32C();
        crc.update(input, CRC_START, input.length - CRC_START);
        file.putInt(CRC_OFFSET, (int) crc.getValue());
    }

    @Override
    public boolean accepts(byte[] input) {
        try {
            LedgerImage image = LedgerCodec.decode(input);
            Target.require(
                    Arrays.equals(LedgerCodec.encode(image), input),
                    "what was read is written otherwise");
            Target.require(
                    new WitnessLedger(image.holdings()).holdings().equals(image.holdings()),
                    "a ledger in another order");
            return true;
        } catch (WitnessFormatException refused) {
            Target.require(!String.valueOf(refused.getMessage()).contains("\n"), "two lines");
            return false;
        }
    }
}
