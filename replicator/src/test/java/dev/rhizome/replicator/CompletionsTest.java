package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Limits;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompletionsTest {

    @Test
    void keepsTheOrderWhileItGrowsAndWrapsAround() {
        Completions completions = new Completions();
        List<Long> given = new ArrayList<>();
        Completion receiver = (token, status, payload) -> given.add(token);
        int inRing = Limits.MAX_CLIENT_REQUESTS;
        List<Long> wanted = new ArrayList<>();
        for (long token = 0; token < 3L * inRing; token++) {
            completions.add(receiver, token, IoStatus.OK, null);
            wanted.add(token);
            if (token < inRing / 2) {
                completions.deliverOne();
            }
        }
        while (!completions.isEmpty()) {
            completions.deliverOne();
        }
        assertThat(given).isEqualTo(wanted);
    }

    @Test
    void aReceiverMayAddMore() {
        Completions completions = new Completions();
        List<Long> given = new ArrayList<>();
        Completion last = (token, status, payload) -> given.add(token);
        Completion first =
                (token, status, payload) -> {
                    given.add(token);
                    completions.add(last, token + 1, IoStatus.OK, null);
                };
        completions.add(first, 1, IoStatus.OK, null);
        completions.deliverOne();
        assertThat(completions.isEmpty()).isFalse();
        completions.deliverOne();
        assertThat(given).containsExactly(1L, 2L);
    }
}
