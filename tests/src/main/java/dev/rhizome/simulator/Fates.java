package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one place where faults are drawn. Every fault has a number, and whether it takes place is the
 * plan's business: one that is left out has been drawn all the same, so that the others stay what
 * they were. Streams are per source for the same reason.
 */
final class Fates {

    /** When an incident took place. */
    record Log(Incident incident, long atNs) {}

    private final Scheduler scheduler;
    private final Trace trace;
    private final Swarm swarm;
    private final Selection selection;
    private final Choices choices;
    private final Choices hangs;
    private final Choices[] stalls = new Choices[2];
    private final Choices[] errors = new Choices[2];
    private final long[] stallCount = new long[2];
    private final long[] errorCount = new long[2];
    private final long[] deathCount = new long[2];
    private final long[] struck = new long[Cause.values().length];
    private final @Nullable List<Log> log;
    private long troubles;
    private long hangCount;
    private boolean calm;

    /**
     * @param logging whether incidents are kept for {@link #log}
     */
    Fates(
            Scheduler scheduler,
            Trace trace,
            Choices choices,
            Swarm swarm,
            Selection selection,
            boolean logging) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.choices = choices;
        this.swarm = swarm;
        this.selection = selection;
        hangs = choices.fork("hangs");
        for (int side = 0; side < 2; side++) {
            stalls[side] = choices.fork("stalls", side);
            errors[side] = choices.fork("errors", side);
        }
        log = logging ? new ArrayList<>() : null;
    }

    /** No more faults. */
    void calm() {
        calm = true;
    }

    boolean isCalm() {
        return calm;
    }

    /** The next fault of machines, link and operators; null if this run has none. */
    @Nullable Trouble trouble() {
        long number = troubles++;
        Choices own = choices.fork("trouble", number);
        int side = own.below(2);
        int kind =
                own.weighted(
                        swarm.killWeight(),
                        swarm.powerWeight(),
                        swarm.cutWeight(),
                        swarm.effectCrashWeight(),
                        swarm.operatorWeight());
        long pauseNs = 1 + own.below(2 * swarm.pauseNs());
        Cause cause;
        long amount = 0;
        boolean powerLoss = false;
        switch (kind) {
            case 0 -> cause = Cause.KILL;
            case 1 -> {
                cause = own.permille(250) ? Cause.SITE_POWER_LOSS : Cause.POWER_LOSS;
                powerLoss = true;
            }
            case 2 -> {
                cause = cut(own.below(4));
                amount = own.permille(700) ? 0 : own.below(2_000_000_000L);
            }
            case 3 -> {
                cause = Cause.CRASH_BETWEEN_EFFECTS;
                amount = own.below(own.oneOf(3, 30, 300));
                powerLoss =
                        own.below(swarm.powerWeight() + swarm.killWeight() + 1)
                                < swarm.powerWeight();
            }
            case 4 -> cause = Cause.MEDDLING;
            default -> {
                return null;
            }
        }
        return new Trouble(cause, number, side, amount, powerLoss, own, pauseNs);
    }

    /** The next disk that hangs, for so long; null if in this run none does. */
    @Nullable Trouble hang() {
        if (swarm.hangNs() == 0) {
            return null;
        }
        long number = hangCount++;
        Choices own = hangs.fork("hang", number);
        int side = own.below(2);
        long lengthNs = 1 + own.below(2 * swarm.hangNs());
        // Now and then there is time to come together in between.
        long pauseNs = lengthNs + own.below(4 * swarm.hangNs());
        return new Trouble(Cause.DISK_HANG, number, side, lengthNs, false, own, pauseNs);
    }

    private static Cause cut(int draw) {
        return switch (draw) {
            case 2 -> Cause.LINK_SILENCE;
            case 3 -> Cause.HALF_OPEN_LINK;
            default -> Cause.LINK_CUT;
        };
    }

    /** Whether the fault takes place; to be asked once, when it could. */
    boolean strikes(Trouble trouble) {
        return strikes(trouble.cause(), trouble.number());
    }

    /** How much longer the disk operation that begins takes. */
    long stallNs(int side) {
        if (calm || !stalls[side].permille(swarm.stallPermille())) {
            return 0;
        }
        long delayNs = stalls[side].below(swarm.stallNs());
        return strikes(Cause.DISK_STALL, Incident.of(side, stallCount[side]++)) ? delayNs : 0;
    }

    /** Whether the disk operation that ends has failed. */
    boolean diskFails(int side) {
        boolean weak = swarm.errorPermille() > 0 && side == swarm.weakNode();
        return weak
                && !calm
                && errors[side].permille(swarm.errorPermille())
                && strikes(Cause.DISK_ERROR, Incident.of(side, errorCount[side]++));
    }

    /** How the metadata of a node that has died goes bad; null if it does not. */
    @Nullable Choices metadataDamage(int side) {
        long number = Incident.of(side, deathCount[side]++);
        Choices own = choices.fork("damage", number);
        boolean drawn = !calm && own.permille(swarm.damagePermille());
        return drawn && strikes(Cause.METADATA_DAMAGE, number) ? own : null;
    }

    private boolean strikes(Cause cause, long number) {
        boolean does = happens(cause, number);
        if (does) {
            trace.line(cause.label(), number, 0, 0);
        }
        return does;
    }

    /** Whether a fault or an operation that is due takes place; to be asked once. */
    boolean happens(Cause cause, long number) {
        if (!selection.has(cause, number)) {
            return false;
        }
        struck[cause.ordinal()]++;
        if (log != null) {
            log.add(new Log(new Incident(cause, number), scheduler.nowNs()));
        }
        return true;
    }

    /** Whether one with this number or a later one may take place. */
    boolean mayHappenFrom(Cause cause, long number) {
        return selection.hasFrom(cause, number);
    }

    /** How many of a kind took place. */
    long count(Cause cause) {
        return struck[cause.ordinal()];
    }

    /** What took place, in order; empty if nothing was kept. */
    List<Log> log() {
        return log == null ? List.of() : log;
    }
}
