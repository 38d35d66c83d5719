package dev.rhizome.core.policy;

/**
 * How conflicts between the two nodes are resolved without a person. Both nodes must have the same;
 * the default is that nobody's data is thrown away unasked.
 *
 * @param afterSplitBrain0Pri a split brain, neither is Primary
 * @param afterSplitBrain1Pri a split brain, one is Primary
 * @param afterSplitBrain2Pri a split brain, both are Primary
 * @param roleConflict a Primary would have to take the peer's data
 */
public record ConflictPolicies(
        AfterSplitBrain0Pri afterSplitBrain0Pri,
        AfterSplitBrain1Pri afterSplitBrain1Pri,
        AfterSplitBrain2Pri afterSplitBrain2Pri,
        RoleConflict roleConflict) {

    /** Part, and wait for an operator. */
    public static final ConflictPolicies DISCONNECT =
            new ConflictPolicies(
                    AfterSplitBrain0Pri.DISCONNECT,
                    AfterSplitBrain1Pri.DISCONNECT,
                    AfterSplitBrain2Pri.DISCONNECT,
                    RoleConflict.DISCONNECT);

    /** With another after-sb-0pri. */
    public ConflictPolicies with(AfterSplitBrain0Pri changed) {
        return new ConflictPolicies(
                changed, afterSplitBrain1Pri, afterSplitBrain2Pri, roleConflict);
    }

    /** With another after-sb-1pri. */
    public ConflictPolicies with(AfterSplitBrain1Pri changed) {
        return new ConflictPolicies(
                afterSplitBrain0Pri, changed, afterSplitBrain2Pri, roleConflict);
    }

    /** With another after-sb-2pri. */
    public ConflictPolicies with(AfterSplitBrain2Pri changed) {
        return new ConflictPolicies(
                afterSplitBrain0Pri, afterSplitBrain1Pri, changed, roleConflict);
    }

    /** With another rr-conflict. */
    public ConflictPolicies with(RoleConflict changed) {
        return new ConflictPolicies(
                afterSplitBrain0Pri, afterSplitBrain1Pri, afterSplitBrain2Pri, changed);
    }
}
