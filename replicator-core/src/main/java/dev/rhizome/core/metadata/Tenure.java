package dev.rhizome.core.metadata;

/**
 * When a node was Primary last, and since when it has gone on without its peer, by its own clock on
 * the wall: for people, who want to know whose changes are whose. Nothing is decided by it.
 *
 * @param primarySinceMs when it last became Primary, in milliseconds since 1970; 0 if never, or if
 *     that is not known
 * @param primaryUntilMs when it ceased to be that in order; 0 if it is Primary still, or died so
 * @param aloneSinceMs when it last began data that the peer lacks; 0 if never, or not known
 */
public record Tenure(long primarySinceMs, long primaryUntilMs, long aloneSinceMs) {

    /** Nothing is known. */
    public static final Tenure NONE = new Tenure(0, 0, 0);

    /** It becomes Primary. */
    public Tenure promoted(long nowMs) {
        return new Tenure(nowMs, 0, aloneSinceMs);
    }

    /** It ceases to be Primary, in order. */
    public Tenure demoted(long nowMs) {
        return new Tenure(primarySinceMs, nowMs, aloneSinceMs);
    }

    /** It goes on without its peer. */
    public Tenure alone(long nowMs) {
        return new Tenure(primarySinceMs, primaryUntilMs, nowMs);
    }
}
