package dev.rhizome.replicator;

import dev.rhizome.core.handshake.SplitBrain;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the last handshake has decided, and from what.
 *
 * @param verdict what this node was to do, such as source-bitmap; stable
 * @param rule the named rule that decided; stable
 * @param resolution the policy or operator's word that has resolved a conflict, or none; stable
 * @param meaning what that means and, where there is something to do, what; one line
 * @param selfGenerations this node's generations then: current, bitmap, then history; 16
 *     hexadecimal digits each
 * @param peerGenerations the peer's
 * @param at when
 * @param splitBrain what a person has to choose between; null if there is nothing to choose
 */
public record HandshakeStatus(
        String verdict,
        String rule,
        String resolution,
        String meaning,
        List<String> selfGenerations,
        List<String> peerGenerations,
        Instant at,
        @Nullable SplitBrain splitBrain) {}
