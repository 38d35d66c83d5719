package dev.rhizome.core.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Tenure;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DumpTest {
    private static final String DUMP =
            """
            rhizome-metadata 2
            # The metadata of a Rhizome volume as text: 'rhizome restore-md r0 FILE' takes it back.
            # It is of use only as long as the volume has not been up again.
            # slot 1 is damaged
            resource r0
            volume-bytes 1073742336  # 1 GiB
            sequence 17
            flags CONSISTENT WAS_UP_TO_DATE 0x40000000
            current 8C0F2A6E4D1B9375
            bitmap 0000000000000000
            history 1B2C3D4E5F607182 0000000000000005
            tenure 1700000000000 0 1700000000001  # Primary since, until, alone since
            active-extents 1024  # blocks of 4 KiB each; 3 of them, 12 MiB, had or may have had\
             changes under way
            3+2
            256+1
            out-of-sync  # blocks of 4 KiB that may differ from the peer's
            0+128
            262144+1
            # 129 blocks out of sync: 516 KiB of 1 GiB
            end
            """;

    private static final MetadataDump METADATA =
            new MetadataDump(
                    new Superblock(
                            17,
                            "r0",
                            (1L << 30) + 512,
                            0x40000003,
                            new Generations(
                                    0x8C0F2A6E4D1B9375L, 0, List.of(0x1B2C3D4E5F607182L, 5L)),
                            new Tenure(1_700_000_000_000L, 0, 1_700_000_000_001L)),
                    1024,
                    List.of(3, 4, 256));

    private record Run(long first, long count) {}

    private static String written(MetadataDump dump, List<Run> runs, String... remarks) {
        StringBuilder text = new StringBuilder();
        DumpWriter writer = new DumpWriter(line -> text.append(line).append('\n'));
        writer.begin(dump, List.of(remarks));
        runs.forEach(run -> writer.blocks(run.first, run.count));
        writer.end();
        return text.toString();
    }

    private static MetadataDump parsed(String text, List<Run> runs) throws DumpException {
        DumpParser parser = new DumpParser();
        for (String line : text.lines().toList()) {
            if (parser.line(line)) {
                runs.add(new Run(parser.firstBlock(), parser.blockCount()));
            }
        }
        return parser.end();
    }

    @Test
    void isWrittenSo() {
        List<Run> runs = List.of(new Run(0, 64), new Run(64, 64), new Run(262_144, 1));
        assertThat(written(METADATA, runs, "slot 1 is damaged")).isEqualTo(DUMP);
    }

    @Test
    void isReadSo() throws Exception {
        List<Run> runs = new ArrayList<>();
        assertThat(parsed(DUMP, runs)).isEqualTo(METADATA);
        assertThat(runs).containsExactly(new Run(0, 128), new Run(262_144, 1));
    }

    @Test
    void whatAnEditorMakesOfItIsReadToo() throws Exception {
        List<Run> runs = new ArrayList<>();
        String edited = DUMP.replace("\n", " # mine\r\n\n").replace("0+128", "\t0+128");
        assertThat(parsed(edited, runs)).isEqualTo(METADATA);
        assertThat(runs).hasSize(2);
    }

    @Test
    void freshMetadataIsShort() throws Exception {
        MetadataDump fresh = new MetadataDump(Superblock.created("r0", 1 << 20), 0, List.of());
        String text = written(fresh, List.of());
        assertThat(text)
                .contains("\nflags none\n", "\nhistory none\n", "\nactive-extents none\n")
                .contains("\n# 0 blocks out of sync: 0 bytes of 1 MiB\n");
        assertThat(parsed(text, new ArrayList<>())).isEqualTo(fresh);
    }

    @Test
    void anyMetadataComesBack() throws Exception {
        Random random = new Random(8);
        for (int i = 0; i < 300; i++) {
            long volume = 512 * (1 + random.nextLong(1L << 30));
            int extentBlocks = 8 << random.nextInt(8);
            List<Long> history = random.longs(random.nextInt(9)).boxed().toList();
            long blocks = (volume + 4095) / 4096;
            long extents = (blocks + extentBlocks - 1) / extentBlocks;
            List<Integer> active =
                    random.longs(random.nextInt(50), 0, extents)
                            .filter(extent -> extent < Integer.MAX_VALUE)
                            .distinct()
                            .sorted()
                            .mapToObj(extent -> (int) extent)
                            .toList();
            MetadataDump dump =
                    new MetadataDump(
                            new Superblock(
                                    1 + random.nextLong(Long.MAX_VALUE - 2),
                                    "r" + i,
                                    volume,
                                    random.nextInt(),
                                    new Generations(random.nextLong(), random.nextLong(), history)),
                            active.isEmpty() ? 0 : extentBlocks,
                            active);
            List<Run> runs = new ArrayList<>();
            for (long at = random.nextLong(blocks); at < blocks; ) {
                long count = 1 + random.nextLong(blocks - at);
                runs.add(new Run(at, count));
                at += count + 1 + random.nextLong(blocks);
            }
            List<Run> back = new ArrayList<>();
            String text = written(dump, runs);
            assertThat(parsed(text, back)).isEqualTo(dump);
            assertThat(back).isEqualTo(runs);
            assertThat(written(parsed(text, new ArrayList<>()), back)).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "rhizome-metadata 2|rhizome-metadata 3|1|format version 3, this Rhizome takes"
                        + " version 2",
                "rhizome-metadata 2|version v08|1|'rhizome-metadata' is expected here, not"
                        + " 'version'",
                "resource r0|resource r 0|5|'resource' needs one value",
                "resource r0|resource rö|5|'r?' is no resource name",
                "resource r0|volume-bytes 1|5|'resource' is expected here, not 'volume-bytes'",
                "bytes 1073742336|bytes 1073742337|6|a multiple of 512",
                "bytes 1073742336|bytes 0|6|a multiple of 512",
                "bytes 1073742336|bytes -1|6|'-1' is not a number",
                "bytes 1073742336|bytes 9999999999999999999999|6|is too large",
                "sequence 17|sequence 0|7|begins with 1",
                "sequence 17|sequence|7|'sequence' needs one value",
                "CONSISTENT WAS|CONSISTANT WAS|8|no flag is called 'CONSISTANT'",
                "0x40000000|0x4000000g|8|'4000000g' is not hexadecimal",
                "8C0F2A6E4D1B9375|8C0F|9|16 hexadecimal digits, not '8C0F'",
                "history 1B2C3D4E5F607182 |history 1 |11|16 hexadecimal digits",
                "tenure 1700000000000 0|tenure 0|12|'tenure' needs three values",
                "0 1700000000001|0 -1|12|'-1' is not a number",
                "active-extents 1024|active-extents 1000|13|8 to 1024 blocks",
                "3+2|3-2|14|FIRST+COUNT, not '3-2'",
                "3+2|3+0|14|at least 1",
                "3+2|3+300|14|beyond the volume, which has 257",
                "256+1|4+1|15|before the end of the one above",
                "0+128|262144+2|17|beyond the volume, which has 262145",
                "262144+1|127+1|18|before the end of the one above",
                "262144+1|+1|18|'end' is expected here, not '+1'",
                "262144+1|1+|18|a number is missing",
                "end|END|20|'end' is expected here",
                "end|end now|20|nothing may follow 'end'",
                "end|end\\n0+1|21|nothing may follow after 'end'",
                "end|# end|21|'end' is missing: the dump is cut off"
            })
    void whatIsWrongIsSaidWithItsLine(String good, String bad, long line, String message) {
        String text = replaceLast(DUMP, good, bad.replace("\\n", "\n"));
        assertThatThrownBy(() -> parsed(text, new ArrayList<>()))
                .isInstanceOfSatisfying(
                        DumpException.class, e -> assertThat(e.line()).isEqualTo(line))
                .hasMessageContaining(message);
    }

    private static String replaceLast(String text, String good, String bad) {
        int at = text.lastIndexOf(good);
        assertThat(at).as(good).isNotNegative();
        return text.substring(0, at) + bad + text.substring(at + good.length());
    }

    @Test
    void tooManyExtentsAreRefused() {
        String text =
                DUMP.replace("1073742336", String.valueOf(1L << 48)).replace("3+2", "0+65535");
        assertThatThrownBy(() -> parsed(text, new ArrayList<>()))
                .hasMessageContaining("more than 65534 extents");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 512, 1024, 1536, 1L << 20, (1L << 40) * 3 / 2, 1L << 48})
    void sizesAreSaidAsPeopleDo(long bytes) {
        assertThat(ByteSize.text(bytes))
                .isIn(
                        "0 bytes",
                        "1 byte",
                        "512 bytes",
                        "1 KiB",
                        "1.5 KiB",
                        "1 MiB",
                        "1.5 TiB",
                        "256 TiB");
    }
}
