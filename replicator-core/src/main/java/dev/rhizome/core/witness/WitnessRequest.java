package dev.rhizome.core.witness;

/**
 * What is asked of a witness. Who asks is not in it: that is who the certificate says.
 *
 * @param kind what for
 * @param resource which resource; for a list, the one behind which it begins, or empty
 * @param node for a list, the node behind which it begins, or empty
 * @param generation the current generation of the asker's data
 * @param session a number that each process of a node draws for itself
 * @param ask counts up within the session; a question that is repeated may keep its number
 */
public record WitnessRequest(
        Kind kind, String resource, String node, long generation, long session, long ask) {

    /** The kinds; the codes are the wire's. */
    public enum Kind {
        /** The right to go on alone, or to be promoted without the peer, on this generation. */
        GRANT(1),
        /** The node and its peer are in step again: it does not need the right any more. */
        RELEASE(2),
        /** What is granted to whom. */
        LIST(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /** Asks for the right to go on alone. */
    public static WitnessRequest grant(String resource, long generation, long session, long ask) {
        return new WitnessRequest(Kind.GRANT, resource, "", generation, session, ask);
    }

    /** Gives it up. */
    public static WitnessRequest release(String resource, long session, long ask) {
        return new WitnessRequest(Kind.RELEASE, resource, "", 0, session, ask);
    }

    /** Asks for a part of the list of all grants. */
    public static WitnessRequest list(String afterResource, String afterNode) {
        return new WitnessRequest(Kind.LIST, afterResource, afterNode, 0, 0, 0);
    }
}
