package dev.rhizome.core.fencing;

import dev.rhizome.core.Node;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.OnNoData;
import java.util.StringJoiner;

/**
 * Whether a Primary's clients wait: because an operator says so, until the peer is fenced, or
 * because there is no data. Nothing is begun meanwhile, and nothing fails; what was acknowledged
 * stays so.
 */
public final class Suspension {
    private final Node node;
    private final Fencing fencing;
    private boolean byOperator;
    private boolean failsWithoutData;
    private boolean lost;
    private String told = "no";

    /**
     * @param node what the parts share
     * @param fencing whether the peer is kept from going on
     */
    public Suspension(Node node, Fencing fencing) {
        this.node = node;
        this.fencing = fencing;
    }

    /** Whether requests wait. */
    public boolean active() {
        return byOperator || fencing.frozen() || noData();
    }

    /** Whether requests wait for data, here or on the peer. */
    public boolean noData() {
        return node.config().fencing().onNoData() == OnNoData.SUSPEND_IO
                && node.primary()
                && !failsWithoutData
                && !hasData();
    }

    private boolean hasData() {
        return node.state().diskUpToDate() || node.state().peerUpToDate();
    }

    /** An operator wants clients to wait. */
    public void suspend() {
        byOperator = true;
    }

    /**
     * An operator wants clients to go on, whatever they wait for: without the peer being fenced, or
     * with errors where there is no data.
     */
    public void resume() {
        byOperator = false;
        if (fencing.frozen()) {
            fencing.goOnUnfenced();
        }
        failsWithoutData = noData();
    }

    /** For what clients wait, in DRBD's words: no, or some of user, no-data, fencing. */
    public String label() {
        if (!active()) {
            return "no";
        }
        StringJoiner causes = new StringJoiner(",");
        if (byOperator) {
            causes.add("user");
        }
        if (noData()) {
            causes.add("no-data");
        }
        if (fencing.frozen()) {
            causes.add("fencing");
        }
        return causes.toString();
    }

    /** One line for a person: for what clients wait, and what ends that; empty if they do not. */
    public String meaning() {
        if (byOperator) {
            return "an operator has suspended I/O: 'resume-io' ends that";
        }
        if (fencing.frozen()) {
            String why = fencing.problem().isEmpty() ? "the answer is awaited" : fencing.problem();
            return "clients wait until the peer is fenced ("
                    + why
                    + "); 'resume-io' goes on without, at the risk of a split brain";
        }
        return noData()
                ? "clients wait for data: connect an UpToDate peer or attach the disk; 'resume-io'"
                        + " fails what waits"
                : "";
    }

    /** A Primary that has had data for its clients, and has it no more. */
    private void tellOfLoss() {
        boolean now = node.primary() && !hasData() && !node.state().inTransition();
        if (now && !lost) {
            node.effects().callHandler(Handler.PRI_ON_INCON_DEGR);
        }
        lost = now || (lost && node.primary() && !hasData());
    }

    /** Tells of a change. */
    public void progress() {
        failsWithoutData &= !hasData();
        tellOfLoss();
        String now = label();
        if (!now.equals(told)) {
            told = now;
            boolean ends = now.equals("no");
            node.effects()
                    .event(
                            ends ? "io-resumed" : "io-suspended",
                            ends ? "clients go on" : now + ": " + meaning());
        }
    }
}
