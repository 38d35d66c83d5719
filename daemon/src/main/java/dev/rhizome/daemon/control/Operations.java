package dev.rhizome.daemon.control;

import dev.rhizome.core.verify.VerifyReport;
import dev.rhizome.daemon.event.WaitGoal;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.VerifyProgress;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Commands that a client has not waited for: begun, and asked about later. What a command only sets
 * off (a verify, a copy) belongs to it; how that stands is looked up whenever somebody asks.
 */
final class Operations {
    static final String PATH = "/v1/operations";

    /** How many are remembered; those that have ended go first. */
    static final int MOST = 64;

    private static final Map<String, Function<ResourceStatus, WaitGoal.Standing>> SET_OFF =
            Map.of(
                    VerifyRoute.VERB,
                    Operations::verify,
                    "invalidate",
                    WaitGoal.SYNC::judge,
                    "invalidate-remote",
                    WaitGoal.SYNC::judge);

    private final Clock clock;
    private final Deque<Operation> known = new ArrayDeque<>();
    private long lastNumber;

    /**
     * @param clock says when an operation has begun and ended
     */
    Operations(Clock clock) {
        this.clock = clock;
    }

    /**
     * Remembers a command that is under way.
     *
     * @return null if too many are
     */
    synchronized @Nullable Operation note(
            ManagedResource resource, String verb, CompletableFuture<CommandResult> command) {
        if (known.size() == MOST && !forgetOne()) {
            return null;
        }
        Operation operation = new Operation(++lastNumber, resource, verb, SET_OFF.get(verb), clock);
        known.add(operation);
        var unused = command.whenComplete(operation::answered);
        return operation;
    }

    /** Whether there is room for another, which may make it. */
    synchronized boolean hasRoom() {
        return known.size() < MOST || forgetOne();
    }

    private boolean forgetOne() {
        for (Operation each : known) {
            if (each.ended()) {
                return known.remove(each);
            }
        }
        return false;
    }

    /** All that are remembered, oldest first. */
    synchronized List<Map<String, Object>> all() {
        return known.stream().map(Operation::tree).toList();
    }

    /** One of them; null if there is none of that number, or none any more. */
    synchronized @Nullable Operation find(String number) {
        return known.stream()
                .filter(each -> Long.toString(each.number()).equals(number))
                .findFirst()
                .orElse(null);
    }

    private static WaitGoal.Standing verify(ResourceStatus resource) {
        VerifyProgress verify =
                resource.volume() == null ? null : resource.volume().comparison().verify();
        if (verify == null) {
            return new WaitGoal.Standing(
                    WaitGoal.Standing.State.HOPELESS,
                    "verify-ended",
                    "there is no verify any more");
        }
        VerifyReport report = verify.report();
        if (report.running()) {
            return new WaitGoal.Standing(
                    WaitGoal.Standing.State.NOT_YET, "verify", "it is running");
        }
        String outcome = report.outcome() + ", " + report.differentBytes() + " bytes differ";
        return report.positionBytes() == report.stopBytes()
                ? new WaitGoal.Standing(WaitGoal.Standing.State.REACHED, "verify-done", outcome)
                : new WaitGoal.Standing(WaitGoal.Standing.State.HOPELESS, "verify-ended", outcome);
    }
}
