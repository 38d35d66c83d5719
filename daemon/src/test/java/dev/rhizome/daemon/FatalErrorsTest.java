package dev.rhizome.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.InvariantViolation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FatalErrorsTest {

    @Test
    void aBrokenInvariantHaltsTheProcess() throws Exception {
        List<Integer> halts = new ArrayList<>();
        Thread thread =
                new Thread(
                        () -> {
                            throw new InvariantViolation("INV-01", "a test of the last resort");
                        });
        thread.setUncaughtExceptionHandler(new FatalErrors(halts::add));
        thread.start();
        thread.join();

        assertThat(halts).containsExactly(70);
    }
}
