package dev.rhizome.core.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Limits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SharedOptionsTest {
    private static final SharedOptions OWN =
            SharedOptions.of(Map.of("net.ping-timeout", "500 ms", "disk.io-uring", "true"));

    private static SharedOptions sent(SharedOptions options) {
        return SharedOptions.decode(
                options.encode(ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES)));
    }

    private static SharedOptions decoded(String text) {
        return SharedOptions.decode(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void arrivesAsItWas() {
        assertThat(sent(OWN)).isEqualTo(OWN);
        assertThat(sent(SharedOptions.NONE)).isEqualTo(SharedOptions.NONE);
        SharedOptions odd = SharedOptions.of(Map.of("handlers.fence-peer", "/a=b/größer", "x", ""));
        assertThat(sent(odd)).isEqualTo(odd);
    }

    @Test
    void namesWhatBothHaveDifferently() {
        SharedOptions peer =
                SharedOptions.of(Map.of("net.ping-timeout", "1000 ms", "disk.io-uring", "true"));
        assertThat(OWN.differencesFrom(peer))
                .extracting(SharedOptions.Difference::line)
                .containsExactly("net.ping-timeout is 500 ms here, 1000 ms there");
        assertThat(OWN.differencesFrom(OWN)).isEmpty();
    }

    /** Another release has options that this one does not know. */
    @Test
    void whatOnlyOneHasIsNoDifference() {
        assertThat(OWN.differencesFrom(SharedOptions.of(Map.of("net.new", "1")))).isEmpty();
        assertThat(SharedOptions.NONE.differencesFrom(OWN)).isEmpty();
    }

    @Test
    void whatIsNoOptionIsLeftOut() {
        assertThat(decoded("no option\n=x\n\na=1\nb=2").values())
                .containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
    }

    @Test
    void nothingUpsetsATerminal() {
        assertThat(decoded("a=\u001B[2J\r\n").values()).containsEntry("a", " [2J ");
        assertThat(sent(SharedOptions.of(Map.of("a\nb", "c\nd"))).values())
                .containsExactly(Map.entry("a b", "c d"));
    }

    @Test
    void whatDoesNotFitIsNotSentByHalves() {
        Map<String, String> many = new TreeMap<>();
        for (int i = 0; i < 1000; i++) {
            many.put(String.format("option-%04d", i), "a value of some length");
        }
        SharedOptions received = sent(SharedOptions.of(many));
        assertThat(received.values())
                .hasSizeLessThan(1000)
                .containsEntry("option-0000", many.get("option-0000"));
        assertThat(received.differencesFrom(SharedOptions.of(many))).isEmpty();
    }
}
