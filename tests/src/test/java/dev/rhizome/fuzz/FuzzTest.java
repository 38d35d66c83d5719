package dev.rhizome.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A short run of the fuzzer, and the inputs that once were interesting. */
@Timeout(120)
class FuzzTest {
    private static final int MILLION = 1_000_000;
    private static final Path CORPUS = Path.of("src/test/resources/fuzz");

    static List<Path> corpus() throws IOException {
        try (Stream<Path> files = Files.list(CORPUS)) {
            return files.sorted().toList();
        }
    }

    /** TARGET.what-it-is.taken.hex or TARGET.what-it-is.refused.hex. */
    @ParameterizedTest
    @MethodSource("corpus")
    void interestingInputsAreTakenOrRefused(Path file) throws Exception {
        String[] name = file.getFileName().toString().split("\\.", -1);
        assertThat(name).hasSize(4);
        Target target =
                Targets.ALL.stream()
                        .filter(each -> each.name().equals(name[0]))
                        .findFirst()
                        .orElseThrow();
        byte[] input = HexText.parse(Files.readString(file));
        assertThat(new Fuzzer(0).check(target, input, file.toString()))
                .isEqualTo(name[2].equals("taken"));
    }

    @Test
    void mutatedInputsBreakNothing() throws Exception {
        Fuzzer fuzzer = new Fuzzer(2);
        fuzzer.runSeeds();
        fuzzer.run(0, 50_000);
        assertThat(fuzzer.summary().lines()).hasSize(Targets.ALL.size());
        assertThat(fuzzer.summary()).as("some mutations of each are taken").doesNotContain(" 0 ");
    }

    /** At least a million bytes of clients, each of which leaves the server as it was. */
    @Test
    void aMillionBytesOfClientsLeaveTheServerServing() throws Exception {
        NbdServerTarget target = new NbdServerTarget();
        Fuzzer fuzzer = new Fuzzer(0);
        long bytes = 0;
        int answered = 0;
        int inputs = 0;
        List<byte[]> sessions = target.seeds();
        for (byte[] session : sessions) {
            assertThat(fuzzer.check(target, session, "a good session")).isTrue();
        }
        while (bytes < MILLION) {
            SplittableRandom random = new SplittableRandom(inputs);
            byte[] input = new Mutator(random).mutate(sessions, false);
            answered += fuzzer.check(target, input, "client " + inputs) ? 1 : 0;
            bytes += input.length;
            inputs++;
        }
        assertThat(answered).isBetween(inputs / 10, inputs - 1);
    }

    @Test
    void aBrokenDecoderIsFound() {
        Target broken =
                new Target() {
                    @Override
                    public String name() {
                        return "broken";
                    }

                    @Override
                    public List<byte[]> seeds() {
                        return List.of();
                    }

                    @Override
                    public boolean accepts(byte[] input) {
                        return input[7] == 0;
                    }
                };
        assertThatThrownBy(() -> new Fuzzer(0).check(broken, new byte[] {1, 2}, "--seed 5"))
                .isInstanceOf(Fuzzer.Failure.class)
                .hasMessageContainingAll("broken (--seed 5)", "Index 7 out of bounds", "\n0102\n");
    }

    @Test
    void bytesComeBackFromText() {
        Random random = new Random(1);
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            for (int at = 0; at < length; at++) {
                bytes[at] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : 0);
            }
            assertThat(HexText.parse("# remark\n" + HexText.of(bytes))).isEqualTo(bytes);
        }
    }
}
