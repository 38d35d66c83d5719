package dev.rhizome.core.dump;

import dev.rhizome.core.Limits;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.Tenure;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Consumer;

/**
 * Writes metadata as text, line by line; {@link DumpParser} takes it back. The same metadata always
 * gives the same text. What stands behind a {@code #} is for people.
 *
 * <pre>
 *  rhizome-metadata 2                     the format version of the metadata
 *  resource r0
 *  volume-bytes 1073741824
 *  sequence 17                            of the superblock
 *  flags CONSISTENT WAS_UP_TO_DATE        or none; a flag without a name as 0x and 8 digits
 *  current 8C0F2A6E4D1B9375               generation identifiers: 16 digits each
 *  bitmap 0000000000000000
 *  history 1B2C3D4E5F607182               up to 8 of them, newest first, or none
 *  tenure 1795000000000 0 0               Primary since, until, alone since: milliseconds since
 *                                         1970, or 0
 *  active-extents 1024                    blocks of 4 KiB in an extent, or none
 *  3+1                                    runs: the first extent, how many; ascending
 *  out-of-sync                            followed by runs of blocks of 4 KiB
 *  0+128
 *  end                                    without it the dump is cut off
 * </pre>
 */
public final class DumpWriter {
    private final Consumer<String> lines;
    private long volumeBytes;
    private long runFirst;
    private long runCount;
    private long total;

    /**
     * @param lines takes each line, without its end
     */
    public DumpWriter(Consumer<String> lines) {
        this.lines = lines;
    }

    /**
     * Writes all that comes before the bitmap.
     *
     * @param remarks for people, a line each
     */
    public void begin(MetadataDump dump, List<String> remarks) {
        Superblock superblock = dump.superblock();
        volumeBytes = superblock.volumeBytes();
        field(DumpField.FORMAT, String.valueOf(SuperblockCodec.FORMAT_VERSION));
        remark(
                "The metadata of a Rhizome volume as text: 'rhizome restore-md "
                        + superblock.resource()
                        + " FILE' takes it back.");
        remark("It is of use only as long as the volume has not been up again.");
        remarks.forEach(this::remark);
        field(DumpField.RESOURCE, superblock.resource());
        field(DumpField.VOLUME_BYTES, volumeBytes + "  # " + ByteSize.text(volumeBytes));
        field(DumpField.SEQUENCE, String.valueOf(superblock.sequence()));
        field(DumpField.FLAGS, flags(superblock.flags()));
        List<String> generations = superblock.generations().asText();
        field(DumpField.CURRENT, generations.get(0));
        field(DumpField.BITMAP, generations.get(1));
        field(
                DumpField.HISTORY,
                generations.size() == 2
                        ? DumpField.NONE
                        : String.join(" ", generations.subList(2, generations.size())));
        Tenure tenure = superblock.tenure();
        field(
                DumpField.TENURE,
                tenure.primarySinceMs()
                        + " "
                        + tenure.primaryUntilMs()
                        + " "
                        + tenure.aloneSinceMs()
                        + "  # Primary since, until, alone since");
        extents(dump);
        field(DumpField.OUT_OF_SYNC, " # blocks of 4 KiB that may differ from the peer's");
    }

    private void extents(MetadataDump dump) {
        int count = dump.extents().size();
        if (count == 0) {
            field(DumpField.ACTIVE_EXTENTS, DumpField.NONE);
            return;
        }
        long extentBytes = (long) dump.extentBlocks() * Limits.BLOCK_BYTES;
        field(
                DumpField.ACTIVE_EXTENTS,
                dump.extentBlocks()
                        + "  # blocks of 4 KiB each; "
                        + count
                        + " of them, "
                        + ByteSize.text(count * extentBytes)
                        + ", had or may have had changes under way");
        for (int extent : dump.extents()) {
            run(Integer.toUnsignedLong(extent), 1);
        }
        endRun();
    }

    /**
     * A run of blocks that may differ.
     *
     * @param first behind the last block of the run before
     * @param count at least 1
     */
    public void blocks(long first, long count) {
        total += count;
        run(first, count);
    }

    private void run(long first, long count) {
        if (runCount > 0 && runFirst + runCount == first) {
            runCount += count;
            return;
        }
        endRun();
        runFirst = first;
        runCount = count;
    }

    private void endRun() {
        if (runCount > 0) {
            lines.accept(runFirst + "+" + runCount);
        }
        runCount = 0;
    }

    /** Writes the end. */
    public void end() {
        endRun();
        long outOfSync = Math.min(total * Limits.BLOCK_BYTES, volumeBytes);
        remark(
                total
                        + (total == 1 ? " block" : " blocks")
                        + " out of sync: "
                        + ByteSize.text(outOfSync)
                        + " of "
                        + ByteSize.text(volumeBytes));
        lines.accept(DumpField.END.key());
    }

    private static String flags(int flags) {
        StringJoiner names = new StringJoiner(" ");
        names.setEmptyValue(DumpField.NONE);
        int nameless = flags;
        for (Flag flag : Flag.values()) {
            if ((flags & flag.bit()) != 0) {
                names.add(flag.name());
                nameless &= ~flag.bit();
            }
        }
        if (nameless != 0) {
            names.add(String.format("0x%08X", nameless));
        }
        return names.toString();
    }

    private void field(DumpField field, String value) {
        lines.accept(field.key() + " " + value);
    }

    private void remark(String text) {
        lines.accept("# " + text);
    }
}
