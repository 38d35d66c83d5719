package dev.rhizome.core.request;

import dev.rhizome.core.Payload;
import org.jspecify.annotations.Nullable;

/** Where the answer to a client's request goes. Called on the resource's event loop. */
public interface Completion {

    /**
     * The request has ended.
     *
     * @param token the caller's own number for the request, given back as it was
     * @param status how it ended
     * @param payload for a READ that ended {@link IoStatus#OK}, the bytes: the payload that was
     *     submitted, or another of the same size when the peer served the read. The receiver owns
     *     one reference and releases it. Null for everything else: the engine has released the
     *     payload that was submitted.
     */
    void complete(long token, IoStatus status, @Nullable Payload payload);
}
