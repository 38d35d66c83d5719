package dev.rhizome.core.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CheckAnswerTest {

    @Test
    void statusAndMaskComeBack() {
        for (IoStatus status : IoStatus.values()) {
            for (int mask : new int[] {0, 1, -1, Integer.MIN_VALUE}) {
                long argument = CheckAnswer.of(status, mask);
                assertThat(CheckAnswer.status(argument)).isEqualTo(status);
                assertThat(CheckAnswer.mask(argument)).isEqualTo(mask);
            }
        }
        assertThat(CheckAnswer.status(99L << 32)).isNull();
    }

    @Test
    void bytesOfBlocks() {
        assertThat(CheckAnswer.whole(128 << 10)).isEqualTo(-1);
        assertThat(CheckAnswer.whole(4096 + 512)).isEqualTo(0b11);
        assertThat(CheckAnswer.whole(512)).isEqualTo(1);
        assertThat(CheckAnswer.bytes(-1, 128 << 10)).isEqualTo(128 << 10);
        assertThat(CheckAnswer.bytes(0b11, 4096 + 512)).isEqualTo(4608);
        assertThat(CheckAnswer.bytes(0b10, 4096 + 512)).isEqualTo(512);
        assertThat(CheckAnswer.bytes(0b01, 4096 + 512)).isEqualTo(4096);
        assertThat(CheckAnswer.bytes(0, 4096)).isZero();
    }
}
