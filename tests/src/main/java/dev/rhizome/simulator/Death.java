package dev.rhizome.simulator;

/** How nodes die in exhaustive runs, where there is no chance. */
enum Death {
    /** The process dies; what is under way on its disk is done. */
    KILLED_IO_DONE(false, 1),
    /** The process dies; what is under way on its disk is not done. */
    KILLED_IO_LOST(false, 0),
    /** The machine dies; what was not flushed is lost too. */
    POWER_LOST(true, 0);

    private final boolean powerLoss;
    private final int fate;

    Death(boolean powerLoss, int fate) {
        this.powerLoss = powerLoss;
        this.fate = fate;
    }

    boolean powerLoss() {
        return powerLoss;
    }

    /** What {@link SimDisk} draws for an operation under way. */
    int fate() {
        return fate;
    }
}
