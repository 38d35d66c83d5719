package dev.rhizome.core.witness;

/** The lines of {@link WitnessTable}, by the names that logs and tests use. */
public enum WitnessRule {
    /** The same data must not go on in two places. */
    HELD("held", Verdict.HELD, "another node has the right to go on alone on this generation"),
    /** Which generations the other node has been granted is not remembered any more. */
    HELD_UNCOUNTED(
            "held-uncounted",
            Verdict.HELD,
            "another node has been granted more generations than are remembered, and has not"
                    + " released them"),
    /** The node has asked again since. */
    LATE_ASK("late-ask", Verdict.REFUSED, "this ask is older than the node's last one"),
    /** It has it already: an answer was lost, or it asks to make sure. */
    REPEATED("repeated", Verdict.GRANTED, "the node has the right already"),
    /** It went on alone before, and the release has not come or was not due. */
    FURTHER("further-generation", Verdict.GRANTED, "the node has the right for one more"),
    /** A limit (INV-17). */
    FULL(
            "full",
            Verdict.REFUSED,
            "the witness cannot remember more grants: release or forget some first"),
    /** Who is granted older generations has been in step with the asker since. */
    NEWER("newer-generation", Verdict.GRANTED, "other nodes' rights are for older generations"),
    /** Nobody was granted anything. */
    FREE("free", Verdict.GRANTED, "nobody has the right"),

    /** All of it is given up. */
    RELEASED("released", Verdict.RELEASED, "the right is given up"),
    /** A lost answer, asked again; or somebody who never had it. */
    NOT_HOLDER("not-holder", Verdict.NOT_HELD, "the node has no right to give up"),
    /** The last grant went to another process of the node. */
    OTHER_SESSION(
            "other-session", Verdict.NOT_HELD, "another session of the node was granted it last"),
    /** It has been granted again since this release was sent. */
    LATE_RELEASE(
            "late-release", Verdict.NOT_HELD, "this release is older than the node's last ask"),

    /** The bytes were under way while the node had given them up and asked anew. */
    OLDER_CONNECTION(
            "older-connection",
            Verdict.REFUSED,
            "the node has asked over a newer connection since"),
    /** A limit (INV-17). */
    BUSY("busy", Verdict.REFUSED, "too many asks at once: ask again"),
    /** Its connection is older than the list of revoked certificates. */
    REVOKED(
            "revoked",
            Verdict.REFUSED,
            "the node's certificate is not taken any more: it was revoked; issue a new one"
                    + " (rhizome pki issue)"),
    /** Not a message of this protocol. */
    NOT_UNDERSTOOD("not-understood", Verdict.REFUSED, "the message is not understood");

    private final String label;
    private final Verdict verdict;
    private final String meaning;

    WitnessRule(String label, Verdict verdict, String meaning) {
        this.label = label;
        this.verdict = verdict;
        this.meaning = meaning;
    }

    /** The rule's name in logs and tests. */
    public String label() {
        return label;
    }

    /** What it comes to. */
    public Verdict verdict() {
        return verdict;
    }

    /** One line for a person. */
    public String meaning() {
        return meaning;
    }
}
