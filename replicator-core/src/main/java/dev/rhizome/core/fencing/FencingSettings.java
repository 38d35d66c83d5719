package dev.rhizome.core.fencing;

import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.OnNoData;

/**
 * When a node may write, and when its clients wait.
 *
 * @param policy what is done about a peer that is lost
 * @param autoPromote with {@link FencingPolicy#WITNESS}: whether a Secondary that has lost its
 *     Primary asks for the right to take over by itself
 * @param retryNs how long after an answer that was none the question is asked again
 * @param onNoData what becomes of requests while there is no data
 */
public record FencingSettings(
        FencingPolicy policy, boolean autoPromote, long retryNs, OnNoData onNoData) {

    /** Nobody is asked; without data, requests fail. */
    public static FencingSettings defaults() {
        return new FencingSettings(FencingPolicy.NONE, false, 10_000_000_000L, OnNoData.IO_ERROR);
    }
}
