package dev.rhizome.daemon.event;

import java.util.Map;

/**
 * One part of a resource as {@code drbdsetup events2} has it.
 *
 * @param kind what it is
 * @param identity the keys that name it, in order; the first is the resource's name
 * @param state its other keys, in order
 */
public record StateObject(Kind kind, Map<String, String> identity, Map<String, String> state) {

    /** The kinds, in the order in which they come up; they go the other way round. */
    public enum Kind {
        /** The resource itself. */
        RESOURCE("resource"),
        /** Its volume on this node. */
        DEVICE("device"),
        /** The link to the peer. */
        CONNECTION("connection"),
        /** The peer's volume. */
        PEER_DEVICE("peer-device"),
        /** The network path that is used. */
        PATH("path");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** As it is written in events. */
        public String label() {
            return label;
        }
    }
}
