package dev.rhizome.daemon.event;

import dev.rhizome.daemon.event.EventRecord.Change;
import dev.rhizome.daemon.event.EventRecord.Change.What;
import dev.rhizome.daemon.event.EventRecord.End;
import dev.rhizome.daemon.event.EventRecord.Happened;
import dev.rhizome.daemon.event.EventRecord.Snapshot;
import dev.rhizome.daemon.event.StateObject.Kind;
import dev.rhizome.daemon.event.WaitGoal.Standing;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.daemon.resource.Resources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Tells readers what happens to the resources, and those who wait when it has. On a thread of its
 * own, which is there only while somebody listens; events come from the resources' threads, what
 * has none (a resync's progress) is looked up every second.
 */
public final class EventHub implements AutoCloseable {
    /** How many readers there are at most. */
    public static final int MAX_READERS = 12;

    /** How many wait at most. */
    public static final int MAX_WAITING = 12;

    private static final long LOOK_EVERY_MS = 1000;
    private static final int MAX_PENDING = 4096;
    private static final long IDLE_SECONDS = 5;

    private final Resources resources;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicInteger readersClaimed = new AtomicInteger();
    private final AtomicInteger waitingClaimed = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicLong posted = new AtomicLong();

    // What follows belongs to the thread.
    private final List<Subscription> readers = new ArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final Map<String, Known> known = new LinkedHashMap<>();
    private @Nullable ScheduledFuture<?> looking;

    /** What the readers have been told of a resource; and up to which event that reaches. */
    private record Known(ResourceStatus status, Map<Kind, StateObject> objects, long upTo) {}

    private record Waiting(
            String resource,
            WaitGoal goal,
            Duration limit,
            CompletableFuture<Standing> answer,
            AtomicReference<ScheduledFuture<?>> timer) {}

    /**
     * Listens to all resources of a node.
     *
     * @param resources of the node
     */
    public EventHub(Resources resources) {
        this.resources = resources;
        thread = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "events"));
        thread.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        resources.addListener(this::post);
    }

    /**
     * Begins a stream.
     *
     * @param resource only this one; null for all
     * @return null if there are too many readers
     */
    public @Nullable Subscription subscribe(@Nullable String resource) {
        if (!claim(readersClaimed, MAX_READERS)) {
            return null;
        }
        Subscription reader = new Subscription(resource, this);
        boolean taken =
                execute(
                        () -> {
                            readers.add(reader);
                            begin();
                            reader.restart(snapshot(reader));
                        });
        if (!taken) {
            readersClaimed.decrementAndGet();
        }
        return taken ? reader : null;
    }

    /**
     * Waits until a resource is as wanted, or cannot be without an operator, or the time is over.
     *
     * @param limit how long at most
     * @return how it stood at the end; cancel it to wait no longer. Null if too many wait
     */
    public @Nullable CompletableFuture<Standing> await(
            String resource, WaitGoal goal, Duration limit) {
        if (!claim(waitingClaimed, MAX_WAITING)) {
            return null;
        }
        CompletableFuture<Standing> answer = new CompletableFuture<>();
        Waiting one = new Waiting(resource, goal, limit, answer, new AtomicReference<>());
        if (!execute(() -> begin(one))) {
            waitingClaimed.decrementAndGet();
            return null;
        }
        var unused = answer.whenComplete((standing, failure) -> execute(() -> forget(one)));
        return answer;
    }

    private void begin(Waiting one) {
        waiting.add(one);
        begin();
        look();
        one.timer.set(
                thread.schedule(() -> giveUp(one), one.limit.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Ends all streams and waits. */
    @Override
    public void close() {
        execute(
                () -> {
                    readers.forEach(reader -> reader.offer(new End("the daemon is stopping")));
                    for (Waiting one : List.copyOf(waiting)) {
                        one.answer.complete(
                                new Standing(
                                        Standing.State.HOPELESS,
                                        "stopping",
                                        "the daemon is stopping"));
                    }
                });
        thread.shutdown();
        try {
            if (!thread.awaitTermination(IDLE_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void unsubscribe(Subscription reader) {
        execute(
                () -> {
                    if (readers.remove(reader)) {
                        readersClaimed.decrementAndGet();
                        restIfAlone();
                    }
                });
    }

    void refill(Subscription reader) {
        execute(
                () -> {
                    if (readers.contains(reader)) {
                        reader.restart(snapshot(reader));
                    }
                });
    }

    private static boolean claim(AtomicInteger claimed, int most) {
        if (claimed.incrementAndGet() <= most) {
            return true;
        }
        claimed.decrementAndGet();
        return false;
    }

    private boolean execute(Runnable task) {
        try {
            thread.execute(task);
            return true;
        } catch (RejectedExecutionException stopping) {
            return false;
        }
    }

    /** On a resource's own thread: an event. */
    private void post(String rule, String reason, ResourceStatus status) {
        long number = posted.incrementAndGet();
        if (readersClaimed.get() == 0 && waitingClaimed.get() == 0) {
            return;
        }
        if (pending.incrementAndGet() > MAX_PENDING) {
            // Nobody keeps up with this; the next look tells what has come of it.
            pending.decrementAndGet();
            return;
        }
        boolean taken =
                execute(
                        () -> {
                            pending.decrementAndGet();
                            onEvent(number, rule, reason, status);
                        });
        if (!taken) {
            pending.decrementAndGet();
        }
    }

    private void onEvent(long number, String rule, String reason, ResourceStatus status) {
        if (readers.isEmpty() && waiting.isEmpty()) {
            return;
        }
        tell(status.name(), new Happened(status.name(), rule, reason));
        Known before = known.get(status.name());
        if (before == null || number > before.upTo) {
            update(status, number);
        }
    }

    /** Somebody listens now. */
    private void begin() {
        if (looking == null) {
            known.clear();
            look();
            looking =
                    thread.scheduleWithFixedDelay(
                            this::look, LOOK_EVERY_MS, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Somebody does not any more. */
    private void restIfAlone() {
        ScheduledFuture<?> task = looking;
        if (readers.isEmpty() && waiting.isEmpty() && task != null) {
            task.cancel(false);
            looking = null;
            known.clear();
        }
    }

    private void look() {
        for (ManagedResource resource : resources.all()) {
            ResourceStatus status = resource.status();
            // Events that are on their way were before it, or will be told by the next look.
            update(status, posted.get());
        }
        for (String name : List.copyOf(known.keySet())) {
            Known gone = resources.find(name) == null ? known.remove(name) : null;
            if (gone != null) {
                tellChanges(name, gone.objects, Map.of());
            }
        }
    }

    private void update(ResourceStatus status, long upTo) {
        Map<Kind, StateObject> now = StateObjects.of(status);
        Known before = known.put(status.name(), new Known(status, now, upTo));
        if (before != null) {
            tellChanges(status.name(), before.objects, now);
        } else if (looking != null) {
            tellChanges(status.name(), Map.of(), now);
        }
        for (Waiting one : List.copyOf(waiting)) {
            if (one.resource.equals(status.name())) {
                Standing standing = one.goal.judge(status);
                if (standing.state() != Standing.State.NOT_YET) {
                    one.answer.complete(standing);
                }
            }
        }
    }

    private void tellChanges(
            String name, Map<Kind, StateObject> before, Map<Kind, StateObject> now) {
        Kind[] kinds = Kind.values();
        for (int at = kinds.length - 1; at >= 0; at--) {
            StateObject old = before.get(kinds[at]);
            StateObject fresh = now.get(kinds[at]);
            if (old != null && (fresh == null || !fresh.identity().equals(old.identity()))) {
                StateObject bare = new StateObject(old.kind(), old.identity(), Map.of());
                tell(name, new Change(What.DESTROY, bare, Map.of()));
            }
        }
        for (Kind kind : kinds) {
            StateObject old = before.get(kind);
            StateObject fresh = now.get(kind);
            if (fresh != null && (old == null || !fresh.identity().equals(old.identity()))) {
                tell(name, new Change(What.CREATE, fresh, Map.of()));
            } else if (fresh != null && old != null && !fresh.state().equals(old.state())) {
                tell(name, Differences.between(old, fresh));
            }
        }
    }

    private void tell(String name, EventRecord record) {
        for (Subscription reader : readers) {
            if (reader.wants(name)) {
                reader.offer(record);
            }
        }
    }

    private Snapshot snapshot(Subscription reader) {
        List<ResourceStatus> statuses = new ArrayList<>();
        List<StateObject> objects = new ArrayList<>();
        known.forEach(
                (name, state) -> {
                    if (reader.wants(name)) {
                        statuses.add(state.status);
                        objects.addAll(state.objects.values());
                    }
                });
        return new Snapshot(List.copyOf(statuses), List.copyOf(objects));
    }

    private void giveUp(Waiting one) {
        ManagedResource resource = resources.find(one.resource);
        Standing standing =
                resource == null
                        ? new Standing(
                                Standing.State.NOT_YET, "no-such-resource", "there is no such one")
                        : one.goal.judge(resource.status());
        one.answer.complete(standing);
    }

    private void forget(Waiting one) {
        if (waiting.remove(one)) {
            waitingClaimed.decrementAndGet();
            ScheduledFuture<?> timer = one.timer.get();
            if (timer != null) {
                timer.cancel(false);
            }
            restIfAlone();
        }
    }
}
