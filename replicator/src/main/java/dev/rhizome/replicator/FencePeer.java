package dev.rhizome.replicator;

import dev.rhizome.core.policy.Handler;
import dev.rhizome.transport.peer.PeerTls;

/** Keeps the peer from going on without this node; on the event loop, and does not wait. */
interface FencePeer {

    /** What an answer is told to, on any thread. */
    interface Told {
        /** See {@link dev.rhizome.core.Replica#fenceResult}. */
        void result(long token, int exitCode, String detail);
    }

    /** See {@link dev.rhizome.core.Effects#fencePeer}. */
    void fence(long token, long generation, Told told);

    /** See {@link dev.rhizome.core.Effects#unfencePeer}. */
    void unfence(long token, Told told);

    /** Uses a renewed certificate from now on. */
    default void useTls(PeerTls renewed) {}

    /** Nothing is asked any more. */
    default void close() {}

    /** By the operator's programs. */
    static FencePeer byHandlers(HandlerRunner handlers) {
        return new FencePeer() {
            @Override
            public void fence(long token, long generation, Told told) {
                handlers.call(
                        Handler.FENCE_PEER,
                        ended -> told.result(token, ended.exitCode(), ended.detail()));
            }

            @Override
            public void unfence(long token, Told told) {
                if (handlers.has(Handler.UNFENCE_PEER)) {
                    handlers.call(
                            Handler.UNFENCE_PEER,
                            ended -> told.result(token, ended.exitCode(), ended.detail()));
                } else {
                    told.result(token, 0, "");
                }
            }
        };
    }
}
