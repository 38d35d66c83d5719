package dev.rhizome.core.handshake;

/**
 * What the handshake has decided.
 *
 * @param verdict what to do
 * @param rule which line of the table said so
 * @param resolution what has resolved the conflict, if the rule has found one
 */
public record Decision(Verdict verdict, HandshakeRule rule, Resolution resolution) {

    /** Without a conflict, or with one that nothing has resolved. */
    public Decision(Verdict verdict, HandshakeRule rule) {
        this(verdict, rule, Resolution.NONE);
    }

    /** What the peer must have decided (INV-11). */
    public Decision mirror() {
        return new Decision(verdict.mirror(), rule.mirror(), resolution);
    }

    /**
     * One line for a person: what is so, what has resolved it, or what to do.
     *
     * @param resource the resource's name, for the commands that the line may name
     */
    public String meaning(String resource) {
        return resolution == Resolution.NONE
                ? rule.meaning(resource)
                : rule.cause() + "; " + resolution.meaning();
    }
}
