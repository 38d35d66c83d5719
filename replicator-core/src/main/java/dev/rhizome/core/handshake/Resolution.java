package dev.rhizome.core.handshake;

/**
 * What has resolved a conflict that a rule of {@link HandshakeTable} has found: a policy, or an
 * operator's word. It has the same name on both nodes; the {@link Verdict} says who gives way.
 */
public enum Resolution {
    /** There was no conflict, or nothing has resolved it. */
    NONE("none", ""),
    /** An operator's word, on one of the nodes. */
    DISCARD_MY_DATA(
            "discard-my-data", "resolved by an operator: --discard-my-data on the node that loses"),
    /** Policy after-sb-0pri. */
    DISCARD_YOUNGER_PRIMARY(
            "discard-younger-primary",
            "resolved by after-sb-0pri: the node that became Primary while alone loses"),
    /** Policy after-sb-0pri. */
    DISCARD_OLDER_PRIMARY(
            "discard-older-primary",
            "resolved by after-sb-0pri: the node that was Primary before they parted loses"),
    /** Policy after-sb-0pri. */
    DISCARD_ZERO_CHANGES(
            "discard-zero-changes",
            "resolved by after-sb-0pri: the node that has changed nothing loses"),
    /** Policy after-sb-0pri, also where another one of its values has found no difference. */
    DISCARD_LEAST_CHANGES(
            "discard-least-changes",
            "resolved by after-sb-0pri: the node that has changed fewer blocks loses, or, if they"
                    + " have changed as many, the one whose name sorts last"),
    /** Policy after-sb-1pri. */
    CONSENSUS(
            "consensus",
            "resolved by after-sb-1pri: the Secondary loses, and after-sb-0pri agrees"),
    /** Policy after-sb-1pri. */
    DISCARD_SECONDARY("discard-secondary", "resolved by after-sb-1pri: the Secondary loses"),
    /** Policies after-sb-1pri and after-sb-2pri. */
    CALL_PRI_LOST_AFTER_SB(
            "call-pri-lost-after-sb",
            "resolved by after-sb-1pri or -2pri: whom after-sb-0pri names loses, and is demoted"
                    + " first if it is Primary"),
    /** Policy rr-conflict. */
    RETRY_CONNECT("retry-connect", "by rr-conflict: the nodes try again until the roles fit"),
    /** Policy rr-conflict. */
    CALL_PRI_LOST("call-pri-lost", "by rr-conflict: the Primary that holds older data is demoted");

    private final String label;
    private final String meaning;

    Resolution(String label, String meaning) {
        this.label = label;
        this.meaning = meaning;
    }

    /** The resolution's name in logs, metrics and tests. */
    public String label() {
        return label;
    }

    /** One line for a person; empty for none. */
    public String meaning() {
        return meaning;
    }
}
