package dev.rhizome.core.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UtcTimeTest {
    @Test
    void isWhatTheLibrarySays() {
        Random random = new Random(5);
        for (int i = 0; i < 10_000; i++) {
            long ms = random.nextLong(253_402_300_800_000L);
            assertThat(UtcTime.text(ms))
                    .isEqualTo(Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS).toString());
        }
        assertThat(UtcTime.text(951_782_400_000L)).isEqualTo("2000-02-29T00:00:00Z");
    }
}
