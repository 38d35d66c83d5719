package dev.rhizome.core.handshake;

/**
 * What the handshake has decided.
 *
 * @param verdict what to do
 * @param rule which line of the table said so
 */
public record Decision(Verdict verdict, HandshakeRule rule) {

    /** What the peer must have decided (INV-11). */
    public Decision mirror() {
        return new Decision(verdict.mirror(), rule.mirror());
    }
}
