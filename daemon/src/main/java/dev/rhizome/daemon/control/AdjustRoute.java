package dev.rhizome.daemon.control;

import dev.rhizome.daemon.adjust.AdjustStep;
import dev.rhizome.daemon.adjust.Adjuster;
import dev.rhizome.daemon.config.ConfigurationException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Adjusts on a thread of its own, one request at a time: resources are closed and opened there. */
final class AdjustRoute implements AutoCloseable {
    static final String DRY_RUN = "dry-run";

    private static final long IDLE_SECONDS = 5;

    private final Adjuster adjuster;
    private final ThreadPoolExecutor worker =
            new ThreadPoolExecutor(
                    1,
                    1,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(1),
                    task -> new Thread(task, "adjust"));

    AdjustRoute(Adjuster adjuster) {
        this.adjuster = adjuster;
        worker.allowCoreThreadTimeOut(true);
    }

    CompletableFuture<Answer> begin(Map<String, Object> fields) {
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            if (!field.getKey().equals(DRY_RUN)) {
                return now(
                        Answer.fieldProblem(field.getKey(), "only \"" + DRY_RUN + "\" is known"));
            }
            if (!(field.getValue() instanceof Boolean)) {
                return now(Answer.fieldProblem(DRY_RUN, "must be true or false"));
            }
        }
        boolean dryRun = Boolean.TRUE.equals(fields.get(DRY_RUN));
        try {
            return CompletableFuture.supplyAsync(() -> adjust(dryRun), worker);
        } catch (RejectedExecutionException e) {
            return now(
                    Answer.problem(503, "busy", "Busy", "it is being adjusted already; try later"));
        }
    }

    private Answer adjust(boolean dryRun) {
        try {
            List<AdjustStep> steps = adjuster.adjust(dryRun);
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("steps", steps.stream().map(AdjustRoute::tree).toList());
            tree.put(
                    "left",
                    steps.stream().filter(step -> step.state() == AdjustStep.State.LEFT).count());
            return Answer.json(tree);
        } catch (ConfigurationException e) {
            return Answer.problem(
                    422, "bad-configuration", "Bad configuration", String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, Object> tree(AdjustStep step) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("resource", step.resource());
        tree.put("what", step.what());
        tree.put("from", step.from());
        tree.put("to", step.to());
        tree.put("rule", step.rule());
        tree.put("state", step.state().label());
        tree.put("reason", step.reason());
        tree.put("text", step.toString());
        return tree;
    }

    private static CompletableFuture<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    @Override
    public void close() {
        worker.shutdown();
    }
}
