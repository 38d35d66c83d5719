package dev.rhizome.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tinylog.Level;

@Timeout(60)
class LogTest {
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678901Z");

    @Test
    void aLineHasTimeAndLevelOrTheJournalsPriority() {
        assertThat(new LineFormat(false).format(TIME, Level.INFO, "ready", null))
                .isEqualTo("2026-01-02T03:04:05.678Z INFO  ready");
        assertThat(new LineFormat(true).format(TIME, Level.ERROR, "broken", null))
                .isEqualTo("<3>broken");
    }

    @Test
    void anExceptionIsOnTheSameLine() {
        String line =
                new LineFormat(false)
                        .format(
                                TIME,
                                Level.WARN,
                                "failed\nbadly",
                                new IOException("a\r\nb", new IllegalStateException("c")));

        assertThat(line)
                .doesNotContain("\n")
                .contains("failed badly: java.io.IOException: a  b at dev.rhizome.daemon.log.")
                .contains("; caused by java.lang.IllegalStateException: c at ");
    }

    @Test
    void warningsGoToStderr() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        LogOutput output = new LogOutput(out, err);

        output.print(false, "one");
        output.print(true, "two");
        output.flush();

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\n");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("two\n");
    }

    @Test
    void aReaderThatStallsNeverStallsWhoLogs() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        LogOutput output =
                new LogOutput(
                        new OutputStream() {
                            @Override
                            public void write(int b) throws IOException {
                                try {
                                    if (!reading.await(30, TimeUnit.SECONDS)) {
                                        throw new IOException("nobody read");
                                    }
                                } catch (InterruptedException e) {
                                    throw new IOException(e);
                                }
                            }
                        },
                        err);

        for (int i = 0; i < 10_000; i++) {
            output.print(false, "line " + i);
        }
        reading.countDown();
        output.flush();

        assertThat(err.toString(StandardCharsets.UTF_8)).contains("log lines were dropped");
    }

    @Test
    void aPeerThatComesAndGoesDoesNotFloodTheLog() {
        long second = TimeUnit.SECONDS.toNanos(1);
        LineLimit limit = new LineLimit(0);
        int printed = 0;
        for (int flap = 0; flap < 10_000; flap++) {
            printed += limit.admit(flap * second / 100) >= 0 ? 1 : 0;
        }

        // A hundred lines a second for a hundred seconds.
        assertThat(printed)
                .isBetween(LineLimit.BURST, LineLimit.BURST + 100 * LineLimit.PER_SECOND);
        assertThat(limit.admit(101 * second)).as("those left out are counted").isPositive();
        assertThat(limit.admit(101 * second)).as("and said once").isZero();
    }
}
