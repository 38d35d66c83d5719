package dev.rhizome.core.command;

import dev.rhizome.core.Node;

/**
 * Clients of before this process: whoever had this node's device open or mounted when its process
 * died waits for it to come back. They are dismissed once they can go on no more (INV-18), so that
 * they do not wait for ever on a node that stays Secondary, and before a promotion that they must
 * not see.
 */
final class LeftClients {
    private final Node node;

    /** Once they were told to go for good, or others have taken their place, that is over. */
    private boolean settled;

    private boolean asked;
    private boolean gone;
    private String problem = "";

    LeftClients(Node node) {
        this.node = node;
    }

    /**
     * Sends them away as soon as they cannot go on; not under a promotion, which does so itself.
     */
    void progress() {
        if (!settled && !node.primary() && !node.isEnding() && node.continuity().isOver()) {
            settled = true;
            if (!gone) {
                dismiss();
            }
        }
    }

    /** Has them sent away; answered by {@link #onDismissed}. */
    void dismiss() {
        if (!asked) {
            asked = true;
            node.effects().dismissClients();
        }
    }

    /** They are gone, or some are left. */
    void onDismissed(String why) {
        asked = false;
        gone = why.isEmpty();
        problem = why;
        if (!gone) {
            node.effects().event("clients-remain", why);
        }
    }

    /** Whether they are being sent away. */
    boolean leaving() {
        return asked;
    }

    /** Whether there are none. */
    boolean gone() {
        return gone;
    }

    /** Why some are left. */
    String problem() {
        return problem;
    }

    /** New ones are served from now on: they are what the next process may find. */
    void onServing() {
        gone = false;
        settled = true;
    }
}
