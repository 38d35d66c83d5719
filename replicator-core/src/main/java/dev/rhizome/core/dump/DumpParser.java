package dev.rhizome.core.dump;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.activitylog.ActivityLog;
import dev.rhizome.core.activitylog.ActivityLogCodec;
import dev.rhizome.core.activitylog.ActivityLogImage;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.Tenure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link DumpWriter} writes, line by line, and what a person has made of it with an
 * editor. What it holds does not grow with the bitmap.
 */
public final class DumpParser {
    private static final int MAX_EXTENTS =
            ActivityLogImage.maxExtents(MetadataLayout.ACTIVITY_LOG_BLOCKS);

    private static final long FREE_EXTENT = Integer.toUnsignedLong(ActivityLogCodec.FREE);

    private final List<Long> history = new ArrayList<>();
    private final List<Integer> extents = new ArrayList<>();
    private @Nullable DumpField expected = DumpField.FORMAT;
    private long line;
    private String resource = "";
    private long volumeBytes;
    private long sequence;
    private int flags;
    private Tenure tenure = Tenure.NONE;
    private long current;
    private long bitmap;
    private int extentBlocks;
    private long runEnd;
    private long runFirst;
    private long runCount;

    /**
     * Takes the next line.
     *
     * @param text without its end
     * @return whether it is a run of blocks that may differ: {@link #firstBlock}, {@link
     *     #blockCount}
     * @throws DumpException if it does not belong there
     */
    public boolean line(String text) throws DumpException {
        line++;
        int comment = text.indexOf('#');
        String content = (comment < 0 ? text : text.substring(0, comment)).strip();
        if (content.isEmpty()) {
            return false;
        }
        if (expected == null) {
            throw wrong("nothing may follow after '" + DumpField.END.key() + "'");
        }
        if (isDigit(content.charAt(0)) && mayBeRun()) {
            return run(content);
        }
        field(expected, content);
        return false;
    }

    /** The first block of the run that the last line was. */
    public long firstBlock() {
        return runFirst;
    }

    /** How many blocks the run has that the last line was. */
    public long blockCount() {
        return runCount;
    }

    /**
     * The dump is over.
     *
     * @return what it holds, but for the blocks
     * @throws DumpException if something is missing
     */
    public MetadataDump end() throws DumpException {
        if (expected != null) {
            line++;
            throw wrong("'" + expected.key() + "' is missing: the dump is cut off");
        }
        return new MetadataDump(
                new Superblock(
                        sequence,
                        resource,
                        volumeBytes,
                        flags,
                        new Generations(current, bitmap, history),
                        tenure),
                extentBlocks,
                extents);
    }

    // ---- runs

    private boolean mayBeRun() {
        return (expected == DumpField.OUT_OF_SYNC && extentBlocks > 0) || expected == DumpField.END;
    }

    private boolean run(String content) throws DumpException {
        int plus = content.indexOf('+');
        if (plus < 0) {
            throw wrong("a run is written FIRST+COUNT, not " + quoted(content));
        }
        long first = number(content.substring(0, plus), Limits.MAX_VOLUME_BYTES);
        long count = number(content.substring(plus + 1), Limits.MAX_VOLUME_BYTES);
        boolean ofBlocks = expected == DumpField.END;
        long unitBytes = (ofBlocks ? 1L : extentBlocks) * Limits.BLOCK_BYTES;
        long limit = (volumeBytes + unitBytes - 1) / unitBytes;
        if (count < 1) {
            throw wrong("a run has at least 1");
        }
        if (first < runEnd) {
            throw wrong("the run begins before the end of the one above it");
        }
        if (first + count > limit) {
            throw wrong("the run ends beyond the volume, which has " + limit + " there");
        }
        runFirst = first;
        runCount = count;
        runEnd = first + count;
        if (!ofBlocks) {
            addExtents();
        }
        return ofBlocks;
    }

    private void addExtents() throws DumpException {
        if (runCount > MAX_EXTENTS - extents.size()) {
            throw wrong("more than " + MAX_EXTENTS + " extents are active");
        }
        if (runEnd > FREE_EXTENT) {
            throw wrong("an activity log knows no extents from " + FREE_EXTENT + " on");
        }
        for (long extent = runFirst; extent < runEnd; extent++) {
            extents.add((int) extent);
        }
    }

    // ---- fields

    private void field(DumpField field, String content) throws DumpException {
        String[] words = content.split("\\s+", -1);
        if (!words[0].equals(field.key())) {
            throw wrong("'" + field.key() + "' is expected here, not " + quoted(words[0]));
        }
        if (field == DumpField.OUT_OF_SYNC || field == DumpField.END) {
            require(words.length == 1, "nothing may follow '" + field.key() + "' on its line");
        } else if (field == DumpField.FLAGS || field == DumpField.HISTORY) {
            require(words.length > 1, "'" + field.key() + "' needs a value, or none");
        } else if (field == DumpField.TENURE) {
            require(words.length == 4, "'" + field.key() + "' needs three values");
        } else {
            require(words.length == 2, "'" + field.key() + "' needs one value");
        }
        take(field, words);
        runEnd = 0;
        expected = field == DumpField.END ? null : field.next();
    }

    private void take(DumpField field, String[] words) throws DumpException {
        switch (field) {
            case FORMAT -> format(words[1]);
            case RESOURCE -> resource(words[1]);
            case VOLUME_BYTES -> {
                volumeBytes = number(words[1], Limits.MAX_VOLUME_BYTES);
                require(
                        volumeBytes > 0 && volumeBytes % Limits.MIN_SECTOR_BYTES == 0,
                        "a volume's size is a multiple of " + Limits.MIN_SECTOR_BYTES);
            }
            case SEQUENCE -> {
                sequence = number(words[1], Long.MAX_VALUE - 1);
                require(sequence > 0, "the sequence begins with 1");
            }
            case FLAGS -> flags(words);
            case CURRENT -> current = generation(words[1]);
            case BITMAP -> bitmap = generation(words[1]);
            case TENURE -> tenure = new Tenure(time(words[1]), time(words[2]), time(words[3]));
            case HISTORY -> history(words);
            case ACTIVE_EXTENTS -> activeExtents(words[1]);
            case OUT_OF_SYNC -> {
                // An extent size without extents says nothing, as a blank log does not.
                extentBlocks = extents.isEmpty() ? 0 : extentBlocks;
            }
            case END -> Invariant.check(volumeBytes > 0, "dump", "its fields come in order");
        }
    }

    private void format(String word) throws DumpException {
        long version = number(word, Integer.MAX_VALUE);
        require(
                version == SuperblockCodec.FORMAT_VERSION,
                "the dump is of metadata format version "
                        + version
                        + ", this Rhizome takes version "
                        + SuperblockCodec.FORMAT_VERSION);
    }

    private void resource(String word) throws DumpException {
        boolean visible = word.chars().allMatch(character -> character > ' ' && character <= '~');
        require(
                visible && word.length() <= Limits.MAX_NAME_LENGTH,
                quoted(word) + " is no resource name");
        resource = word;
    }

    private void flags(String[] words) throws DumpException {
        if (words.length == 2 && words[1].equals(DumpField.NONE)) {
            return;
        }
        for (int i = 1; i < words.length; i++) {
            flags |= flag(words[i]);
        }
    }

    private int flag(String word) throws DumpException {
        for (Flag flag : Flag.values()) {
            if (flag.name().equals(word)) {
                return flag.bit();
            }
        }
        require(word.startsWith("0x") && word.length() == 10, "no flag is called " + quoted(word));
        return (int) hexadecimal(word.substring(2));
    }

    private void history(String[] words) throws DumpException {
        if (words.length == 2 && words[1].equals(DumpField.NONE)) {
            return;
        }
        require(
                words.length - 1 <= Limits.GENERATION_HISTORY,
                "the history has at most " + Limits.GENERATION_HISTORY + " generations");
        for (int i = 1; i < words.length; i++) {
            history.add(generation(words[i]));
        }
    }

    private void activeExtents(String word) throws DumpException {
        if (!word.equals(DumpField.NONE)) {
            extentBlocks = (int) number(word, Integer.MAX_VALUE);
            require(
                    ActivityLog.extentFits(extentBlocks),
                    "an extent has 8 to 1024 blocks, a power of two, not " + word);
        }
    }

    private long generation(String word) throws DumpException {
        require(word.length() == 16, "a generation has 16 hexadecimal digits, not " + quoted(word));
        return hexadecimal(word);
    }

    private long hexadecimal(String word) throws DumpException {
        long value = 0;
        for (int i = 0; i < word.length(); i++) {
            char digit = word.charAt(i);
            int worth = digit < 128 ? Character.digit(digit, 16) : -1;
            if (worth < 0) {
                throw wrong(quoted(word) + " is not hexadecimal");
            }
            value = value << 4 | worth;
        }
        return value;
    }

    private long number(String word, long limit) throws DumpException {
        if (word.isEmpty()) {
            throw wrong("a number is missing");
        }
        long value = 0;
        for (int i = 0; i < word.length(); i++) {
            if (!isDigit(word.charAt(i))) {
                throw wrong(quoted(word) + " is not a number");
            }
            int digit = word.charAt(i) - '0';
            if (value > (limit - digit) / 10) {
                throw wrong(quoted(word) + " is too large");
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private long time(String word) throws DumpException {
        return number(word, Long.MAX_VALUE);
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    private void require(boolean holds, String otherwise) throws DumpException {
        if (!holds) {
            throw wrong(otherwise);
        }
    }

    private DumpException wrong(String what) {
        return new DumpException(line, what);
    }

    /** Of a text that may be anything: short, and nothing that upsets a terminal. */
    private static String quoted(String text) {
        String shortened = text.length() > 40 ? text.substring(0, 40) + "..." : text;
        return "'" + shortened.replaceAll("[^ -~]", "?") + "'";
    }
}
