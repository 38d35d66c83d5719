package dev.rhizome.daemon.service;

import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceListener;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.daemon.resource.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the service manager informed while the daemon runs: of every resource's state in a line,
 * and that all event loops answer. A thread of its own does it, and each loop only runs an empty
 * task now and then; a loop that hangs leads to no more sign of life, and the service manager ends
 * the process.
 */
public final class Supervision implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervision.class);

    /** However often something happens, the line is told at most so often. */
    private static final long STATUS_INTERVAL_MS = 1000;

    private final ServiceManager manager;
    private final Resources resources;
    private final ScheduledExecutorService scheduler;
    private final AtomicBoolean statusDue = new AtomicBoolean();
    private volatile boolean stopping;
    private List<Question> questions = List.of();

    private record Question(ManagedResource resource, CompletableFuture<Void> answer) {
        boolean isOpen() {
            return !answer.isDone();
        }
    }

    private Supervision(ServiceManager manager, Resources resources) {
        this.manager = manager;
        this.resources = resources;
        scheduler =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            Thread thread = new Thread(task, "service-manager");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /** Says that the daemon is ready, and keeps the service manager informed from now on. */
    public static Supervision start(ServiceManager manager, Resources resources) {
        Supervision supervision = new Supervision(manager, resources);
        if (manager.listens()) {
            manager.ready(StatusLine.of(resources.all()));
            resources.addListener(supervision.listener());
            manager.watchdogUs().ifPresent(supervision::watch);
        }
        return supervision;
    }

    private ResourceListener listener() {
        return (rule, reason, status) -> statusChanged(status);
    }

    /** On an event loop. */
    private void statusChanged(ResourceStatus unused) {
        if (!stopping && statusDue.compareAndSet(false, true)) {
            later(this::tellStatus);
        }
    }

    private void later(Runnable task) {
        try {
            var unused = scheduler.schedule(task, STATUS_INTERVAL_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ended) {
            LOG.debug("the end: nothing more is told", ended);
        }
    }

    private void tellStatus() {
        statusDue.set(false);
        if (!stopping && !manager.status(StatusLine.of(resources.all()))) {
            later(this::tellStatus);
        }
    }

    private void watch(long watchdogUs) {
        long periodUs = Math.max(1, watchdogUs / 2);
        var unused = scheduler.scheduleAtFixedRate(this::ask, 0, periodUs, TimeUnit.MICROSECONDS);
    }

    /** Asks every loop for an answer; when all have come, the daemon lives. */
    private void ask() {
        if (stopping) {
            // The stop has a limit of its own, and closing a disk that hangs may hold a loop up.
            manager.alive();
            return;
        }
        for (Question question : questions) {
            if (question.isOpen()) {
                LOG.warn(
                        "{}: the event loop does not answer; the watchdog is not told that the"
                                + " daemon lives",
                        question.resource().name());
            }
        }
        List<Question> round = new ArrayList<>();
        for (ManagedResource resource : resources.all()) {
            round.add(new Question(resource, resource.roundTrip()));
        }
        questions = round;
        CompletableFuture<?>[] answers =
                round.stream().map(Question::answer).toArray(CompletableFuture<?>[]::new);
        var unused = CompletableFuture.allOf(answers).thenRunAsync(manager::alive, scheduler);
    }

    /** The daemon has begun to end. */
    public void stopping() {
        stopping = true;
        manager.stopping();
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        manager.close();
    }
}
