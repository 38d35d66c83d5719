package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.request.IoStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table, row by row, on an export of 64 MiB in 512-byte sectors. */
final class NbdRequestValidatorTest {
    private static final long SIZE = 64 << 20;

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // command, flags, offset, length, structured, refusal
                "0,  0, 0,        512,        false, -",
                "0,  0, 67108352, 512,        false, -",
                "0,  1, 0,        512,        false, -",
                "0,  0, 0,        33554432,   false, -",
                "0,  0, 0,        33554944,   false, TOO_LARGE",
                "0,  0, 0,        4294967295, false, TOO_LARGE",
                "0,  0, 0,        33554432,   true,  -",
                "0,  0, 0,        33554944,   true,  TOO_LARGE_A_READ",
                "0,  0, 67108864, 512,        false, PAST_END",
                "0,  0, 67108352, 1024,       false, PAST_END",
                "0,  0, -512,     512,        false, PAST_END",
                "0,  0, 9223372036854775296, 512, false, PAST_END",
                "0,  0, 1,        512,        false, MISALIGNED",
                "0,  0, 0,        513,        false, MISALIGNED",
                "0,  0, 0,        0,          false, NO_LENGTH",
                "0,  2, 0,        512,        true,  UNKNOWN_FLAG",
                "0,  4, 0,        512,        true,  -",
                "0,  5, 0,        512,        true,  -",
                "0,  4, 0,        1048576,    true,  -",
                "0,  4, 0,        1049088,    true,  TOO_LARGE_FOR_ONE_CHUNK",
                "0,  4, 0,        512,        false, DF_WITHOUT_STRUCTURED",
                "1,  0, 0,        512,        false, -",
                "1,  1, 0,        512,        false, -",
                "1,  2, 0,        512,        false, UNKNOWN_FLAG",
                "1,  4, 0,        512,        true,  UNKNOWN_FLAG",
                "1,  0, 0,        33554432,   false, -",
                "1,  0, 0,        33554944,   false, TOO_LARGE",
                "1,  0, 67108352, 1024,       false, WRITE_PAST_END",
                "1,  0, -512,     512,        false, WRITE_PAST_END",
                "1,  0, 0,        100,        false, MISALIGNED",
                "1,  0, 0,        0,          false, NO_LENGTH",
                "3,  0, 0,        0,          false, -",
                "3,  1, 0,        0,          false, -",
                "3,  0, 512,      0,          false, FLUSH_WITH_RANGE",
                "3,  0, 0,        512,        false, FLUSH_WITH_RANGE",
                "3,  2, 0,        0,          false, UNKNOWN_FLAG",
                "4,  0, 0,        67108864,   false, -",
                "4,  1, 512,      512,        false, -",
                "4,  2, 0,        512,        false, UNKNOWN_FLAG",
                "4,  0, 512,      67108864,   false, PAST_END",
                "4,  0, 7,        512,        false, MISALIGNED",
                "4,  0, 0,        0,          false, NO_LENGTH",
                "5,  0, 0,        67108864,   false, -",
                "5,  1, 512,      512,        true,  -",
                "5,  2, 0,        512,        true,  UNKNOWN_FLAG",
                "5,  0, 67108864, 512,        true,  PAST_END",
                "5,  0, 7,        512,        true,  MISALIGNED",
                "5,  0, 0,        0,          true,  NO_LENGTH",
                "6,  0, 0,        67108864,   false, -",
                "6,  3, 0,        512,        false, -",
                "6,  16, 0,       512,        false, FAST_ZERO",
                "6,  4, 0,        512,        true,  UNKNOWN_FLAG",
                "6,  0, 67108864, 512,        false, WRITE_PAST_END",
                "6,  8, 0,        512,        true,  UNKNOWN_FLAG",
                "6,  0, 9223372036854775296, 512, true, WRITE_PAST_END",
                "7,  0, 0,        512,        true,  NO_CONTEXT",
                "8,  0, 0,        512,        true,  UNKNOWN_COMMAND",
                "65535, 0, 0,     512,        true,  UNKNOWN_COMMAND",
            })
    void table(
            int command,
            int flags,
            long offset,
            long length,
            boolean structured,
            @Nullable NbdRefusal expected) {
        assertThat(check(command, flags, offset, length, new NbdFeatures(structured, false)))
                .isEqualTo(expected);
    }

    private static @Nullable NbdRefusal check(
            int command, int flags, long offset, long length, NbdFeatures features) {
        return NbdRequestValidator.check(command, flags, offset, length, SIZE, 512, features);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // flags, offset, length, refusal
                "0,  0,        67108864,   -",
                "8,  512,      512,        -",
                "9,  0,        1024,       -",
                "4,  0,        512,        UNKNOWN_FLAG",
                "2,  0,        512,        UNKNOWN_FLAG",
                "32, 0,        512,        UNKNOWN_FLAG",
                "0,  0,        0,          NO_LENGTH",
                "0,  0,        4294967295, PAST_END",
                "0,  67108352, 1024,       PAST_END",
                "8,  -512,     512,        PAST_END",
                "0,  1,        512,        MISALIGNED",
                "0,  0,        4097,       MISALIGNED",
            })
    void blockStatusWithTheContextSelected(
            int flags, long offset, long length, @Nullable NbdRefusal expected) {
        NbdFeatures selected = new NbdFeatures(true, true);
        assertThat(check(Nbd.CMD_BLOCK_STATUS, flags, offset, length, selected))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "IO_ERROR, 5",
        "NO_DATA, 5",
        "NO_SPACE, 28",
        "INVALID, 22",
        "NOT_PRIMARY, 108",
        "SHUTTING_DOWN, 108",
        "BUSY, 12"
    })
    void errorsOfTheVolume(IoStatus status, int errno) {
        assertThat(NbdRefusal.of(status).errno()).isEqualTo(errno);
        assertThat(NbdRefusal.of(status).text()).isNotEmpty();
    }
}
