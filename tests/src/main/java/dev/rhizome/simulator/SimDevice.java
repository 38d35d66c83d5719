package dev.rhizome.simulator;

/**
 * The block device that a node's clients use. It outlives the node's process, not a loss of power;
 * a later process takes it over or removes it. Made and removed by a worker that does one thing
 * after the other, each in its time, and dies with the process.
 */
final class SimDevice {
    private static final long MAX_STEP_NS = 3_000_000;
    private static final int FAILED_DISMISSALS_PERMILLE = 150;

    private final int side;
    private final SimNode node;
    private final Simulation simulation;
    private final Choices choices;

    /** The kernel has it, and clients of it may hold what they have read. */
    private boolean there;

    /** This process serves it. */
    private boolean served;

    /**
     * The other client's first request that the clients of a device left behind know nothing of.
     */
    private long unseen;

    private long workerFreeNs;

    SimDevice(int side, SimNode node, Simulation simulation, Choices choices) {
        this.side = side;
        this.node = node;
        this.simulation = simulation;
        this.choices = choices;
    }

    /** INV-18 when clients go on. */
    void serve(boolean serving, boolean continued) {
        if (serving && continued && there) {
            requireNothingUnseen();
            served = true;
        } else if (serving) {
            onWorker(this::appear);
        } else {
            letGo();
            onWorker(() -> there = false);
        }
    }

    private void letGo() {
        if (served) {
            unseen = simulation.client(1 - side).nextToken();
        }
        served = false;
    }

    private void appear() {
        if (there) {
            throw new Violation("INV-18", node.name() + " makes a device beside an old one");
        }
        there = true;
        served = true;
    }

    /** Nobody of before may be left. */
    void dismiss() {
        boolean fails = choices.permille(FAILED_DISMISSALS_PERMILLE);
        onWorker(
                () -> {
                    if (fails && there) {
                        dismissed("the device is still mounted");
                        return;
                    }
                    // Where they are to go on regardless, they must be there.
                    there &=
                            node.sabotage(Sabotage.KEEP_OLD_CLIENTS)
                                    || node.sabotage(Sabotage.LET_CLIENTS_GO_ON);
                    dismissed("");
                });
    }

    private void dismissed(String problem) {
        node.now(engine -> engine.clientsDismissed(simulation.scheduler().nowNs(), problem));
    }

    private void onWorker(Runnable step) {
        long nowNs = simulation.scheduler().nowNs();
        workerFreeNs = Math.max(nowNs, workerFreeNs) + 1 + choices.below(MAX_STEP_NS);
        long mine = node.incarnation();
        simulation
                .scheduler()
                .after(
                        workerFreeNs - nowNs,
                        () -> {
                            if (mine == node.incarnation()) {
                                step.run();
                            }
                        });
    }

    /** The process has died. */
    void processGone(boolean powerLoss) {
        letGo();
        there &= !powerLoss;
    }

    /** Nobody else's write is there that came after the process of these clients had died. */
    private void requireNothingUnseen() {
        SimNode shown = node.servesItself() ? node : simulation.node(1 - side);
        for (int sector = 0; sector < shown.disk().sectors(); sector++) {
            long stamp = shown.disk().visible(sector);
            if (SimClient.sideOf(stamp) == 1 - side && SimClient.tokenOf(stamp) >= unseen) {
                throw new Violation(
                        "INV-18",
                        node.name() + " lets clients go on whose data others have changed");
            }
        }
    }
}
