package dev.rhizome.core.handshake;

import static org.assertj.core.api.Assertions.assertThat;

/** Asks the table on both nodes. */
final class Expect {
    private Expect() {}

    static void expect(Side self, Side peer, Verdict verdict, HandshakeRule rule) {
        expect(self, peer, new Decision(verdict, rule));
    }

    static void expect(Side self, Side peer, Decision expected) {
        assertThat(HandshakeTable.decide(self.hello(), peer.hello())).isEqualTo(expected);
        assertThat(HandshakeTable.decide(peer.hello(), self.hello()))
                .as("INV-11")
                .isEqualTo(expected.mirror());
    }
}
