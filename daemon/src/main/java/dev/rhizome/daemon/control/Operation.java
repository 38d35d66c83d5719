package dev.rhizome.daemon.control;

import dev.rhizome.daemon.event.WaitGoal;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VerifyProgress;
import dev.rhizome.replicator.VolumeStatus;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One command that nobody waits for, and what it has set off. */
final class Operation {
    private enum State {
        /** The command is not answered yet, or what it has set off goes on. */
        RUNNING,
        DONE,
        /** The command was refused: nothing has changed. */
        REFUSED,
        /** The command, or what it has set off, has come to nothing. */
        FAILED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final long number;
    private final ManagedResource resource;
    private final String verb;
    private final @Nullable Function<ResourceStatus, WaitGoal.Standing> setOff;
    private final Clock clock;
    private final Instant begun;
    private State state = State.RUNNING;
    private boolean accepted;
    private String rule = "";
    private String reason = "";
    private @Nullable Instant endedAt;

    /**
     * @param setOff how it stands with what the command sets off; null if it sets nothing off
     */
    Operation(
            long number,
            ManagedResource resource,
            String verb,
            @Nullable Function<ResourceStatus, WaitGoal.Standing> setOff,
            Clock clock) {
        this.number = number;
        this.resource = resource;
        this.verb = verb;
        this.setOff = setOff;
        this.clock = clock;
        this.begun = now();
    }

    long number() {
        return number;
    }

    String path() {
        return Operations.PATH + "/" + number;
    }

    /** The command has been answered, or has failed. */
    synchronized void answered(@Nullable CommandResult result, @Nullable Throwable failure) {
        if (failure != null || result == null) {
            end(State.FAILED, "internal", "the command failed: see the daemon's log");
        } else if (!result.accepted()) {
            end(State.REFUSED, result.rule(), result.reason());
        } else if (setOff == null) {
            end(State.DONE, result.rule(), result.reason());
        } else {
            accepted = true;
            rule = result.rule();
            reason = result.reason();
        }
    }

    /** Whether it is over. */
    boolean ended() {
        look();
        synchronized (this) {
            return state != State.RUNNING;
        }
    }

    /**
     * How it stands with what was set off; the status, or null if nothing goes on. The resource's
     * thread is asked for it, and may be about to answer the command: no lock is held meanwhile.
     */
    private @Nullable ResourceStatus look() {
        Function<ResourceStatus, WaitGoal.Standing> goesOn = setOff;
        if (goesOn == null || !follows()) {
            return null;
        }
        ResourceStatus status = resource.status();
        WaitGoal.Standing standing = goesOn.apply(status);
        synchronized (this) {
            if (follows()) {
                switch (standing.state()) {
                    case NOT_YET -> reason = standing.reason();
                    case REACHED -> end(State.DONE, standing.rule(), standing.reason());
                    case HOPELESS -> end(State.FAILED, standing.rule(), standing.reason());
                }
            }
        }
        return status;
    }

    private synchronized boolean follows() {
        return state == State.RUNNING && accepted;
    }

    private void end(State how, String finalRule, String why) {
        state = how;
        rule = finalRule;
        reason = why;
        endedAt = now();
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** For JSON. */
    Map<String, Object> tree() {
        ResourceStatus status = look();
        synchronized (this) {
            return tree(status);
        }
    }

    private Map<String, Object> tree(@Nullable ResourceStatus status) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("id", number);
        tree.put("resource", resource.name());
        tree.put("verb", verb);
        tree.put("state", state.label());
        tree.put("begun", begun.toString());
        Instant end = endedAt;
        if (end != null) {
            tree.put("ended", end.toString());
        }
        if (!rule.isEmpty()) {
            tree.put("rule", rule);
            tree.put("reason", reason);
        }
        VolumeStatus volume = status == null ? null : status.volume();
        Map<String, Object> progress =
                state == State.RUNNING && volume != null ? progress(volume) : null;
        if (progress != null) {
            tree.put("progress", progress);
        }
        return tree;
    }

    private @Nullable Map<String, Object> progress(VolumeStatus volume) {
        VerifyProgress verify = volume.comparison().verify();
        if (verb.equals(VerifyRoute.VERB)) {
            return verify == null || !verify.report().running()
                    ? null
                    : progress(VerifyStatus.percent(verify.report()), verify.secondsLeft());
        }
        ResyncProgress resync = volume.resync();
        return resync == null
                ? null
                : progress(
                        Percent.of(resync.doneBytes(), resync.totalBytes()), resync.secondsLeft());
    }

    private static Map<String, Object> progress(double percent, long secondsLeft) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("percent-done", percent);
        if (secondsLeft >= 0) {
            tree.put("seconds-left", secondsLeft);
        }
        return tree;
    }
}
