package dev.rhizome.daemon.control;

import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.event.WaitGoal;
import dev.rhizome.daemon.event.WaitGoal.Standing;
import dev.rhizome.replicator.CommandResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The long polls: answered when it is so, cannot be, or the time is over. */
final class WaitRoute {
    static final String TIMEOUT = "timeout-seconds";

    private static final int DEFAULT_SECONDS = 60;
    private static final int MAX_SECONDS = 600;

    private WaitRoute() {}

    /** The goal of a verb; null if it is none of these. */
    static @Nullable WaitGoal goal(String verb) {
        return Arrays.stream(WaitGoal.values())
                .filter(goal -> goal.verb().equals(verb))
                .findFirst()
                .orElse(null);
    }

    static CompletableFuture<Answer> begin(
            EventHub hub, String resource, WaitGoal goal, Map<String, Object> fields) {
        for (String field : fields.keySet()) {
            if (!field.equals(TIMEOUT)) {
                return now(Answer.fieldProblem(field, "only \"" + TIMEOUT + "\" is known"));
            }
        }
        Object asked = fields.getOrDefault(TIMEOUT, DEFAULT_SECONDS);
        if (!(asked instanceof Integer seconds) || seconds < 0 || seconds > MAX_SECONDS) {
            return now(
                    Answer.fieldProblem(
                            TIMEOUT, "must be a number of seconds, 0 to " + MAX_SECONDS));
        }
        CompletableFuture<Standing> waiting =
                hub.await(resource, goal, Duration.ofSeconds(seconds));
        if (waiting == null) {
            return now(
                    Answer.problem(
                            503,
                            "too-many",
                            "Too many wait",
                            EventHub.MAX_WAITING + " clients wait already; try again later"));
        }
        CompletableFuture<Answer> answer = waiting.thenApply(standing -> answer(standing, seconds));
        // A client that has gone does not wait any longer.
        var unused =
                answer.whenComplete(
                        (done, failure) -> {
                            if (answer.isCancelled()) {
                                waiting.cancel(false);
                            }
                        });
        return answer;
    }

    private static Answer answer(Standing standing, int seconds) {
        return switch (standing.state()) {
            case REACHED ->
                    Answer.result(new CommandResult(true, standing.rule(), standing.reason()));
            case HOPELESS ->
                    Answer.result(new CommandResult(false, standing.rule(), standing.reason()));
            case NOT_YET -> Answer.notYet(standing.rule(), seconds, standing.reason());
        };
    }

    private static CompletableFuture<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
