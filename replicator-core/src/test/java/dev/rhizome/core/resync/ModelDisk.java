package dev.rhizome.core.resync;

import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.request.Operation;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A disk, clients and a resync in virtual time: what the clients ask for and the blocks go through
 * one queue, several at a time.
 */
final class ModelDisk {
    static final int BLOCK = 128 * 1024;
    private static final int SLOTS = 16;

    private record Job(boolean block, boolean calm, long submittedNs, long serviceNs) {}

    private record Event(long atNs, long order, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    (a, b) ->
                            a.atNs() != b.atNs()
                                    ? Long.compare(a.atNs(), b.atNs())
                                    : Long.compare(a.order(), b.order()));
    private final ArrayDeque<Job> queue = new ArrayDeque<>();
    private final Random random = new Random(1);
    private final SyncPace pace;

    /** The target's node, if the clients are there. */
    private final SyncPace target;

    private final long requestNs;
    private final long blockNs;
    private final int channels;
    private int serving;
    private long order;
    private long nowNs;
    private int clients;
    private int stopping;
    private long thinkNs;
    private int slots;
    private boolean resyncing;
    private long wakeAtNs;

    long answered;
    long copiedBytes;
    long longestGapNs;
    private long lastCopiedNs;

    /**
     * @param requestNs what a request takes of one channel
     * @param blockNs what a block takes of one channel
     * @param channels how many things it does at once
     * @param clientsOnTarget whether the application runs on the target
     */
    ModelDisk(
            PaceSettings settings,
            long requestNs,
            long blockNs,
            int channels,
            boolean clientsOnTarget) {
        this.pace = new SyncPace(settings);
        this.target = clientsOnTarget ? new SyncPace(settings) : pace;
        this.requestNs = requestNs;
        this.blockNs = blockNs;
        this.channels = channels;
    }

    SyncPace pace() {
        return pace;
    }

    /** So many clients, each with one request at a time, and so long between two. */
    void clients(int count, long betweenNs) {
        thinkNs = betweenNs;
        stopping = Math.max(0, clients - count);
        while (clients < count) {
            clients++;
            ask();
        }
    }

    void startResync() {
        resyncing = true;
        pace.restart(nowNs);
        if (target != pace) {
            target.restart(nowNs);
        }
        lastCopiedNs = nowNs;
        fill();
    }

    void run(long forNs) {
        long endNs = nowNs + forNs;
        answered = 0;
        copiedBytes = 0;
        longestGapNs = 0;
        while (!events.isEmpty() && events.peek().atNs() <= endNs) {
            Event next = events.remove();
            nowNs = next.atNs();
            next.action().run();
        }
        nowNs = endNs;
    }

    private void after(long delayNs, Runnable action) {
        events.add(new Event(nowNs + delayNs, order++, action));
    }

    private void ask() {
        boolean calm = target.watch().submitted(nowNs);
        // Half to one and a half of the mean.
        long serviceNs = requestNs / 2 + (long) (random.nextDouble() * requestNs);
        add(new Job(false, calm, nowNs, serviceNs));
    }

    private void add(Job job) {
        queue.add(job);
        serve();
    }

    private void serve() {
        while (serving < channels && !queue.isEmpty()) {
            Job job = queue.remove();
            serving++;
            after(job.serviceNs(), () -> done(job));
        }
    }

    private void done(Job job) {
        serving--;
        serve();
        if (job.block()) {
            slots--;
            copiedBytes += BLOCK;
            longestGapNs = Math.max(longestGapNs, nowNs - lastCopiedNs);
            lastCopiedNs = nowNs;
            if (target != pace) {
                target.ended(nowNs, BLOCK);
                pace.peerNews(target.watch().news(nowNs));
            }
            pace.answered(nowNs - job.submittedNs());
            pace.ended(nowNs, BLOCK);
        } else {
            answered++;
            target.watch().answered(nowNs, Operation.WRITE, 4096, job.submittedNs(), job.calm());
            if (stopping > 0) {
                stopping--;
                clients--;
            } else if (thinkNs == 0) {
                ask();
            } else {
                after(thinkNs, this::ask);
            }
        }
        fill();
    }

    private void fill() {
        while (resyncing && slots < SLOTS) {
            if (!pace.mayBegin(nowNs, BLOCK)) {
                if (wakeAtNs <= nowNs || pace.wakeNs() < wakeAtNs) {
                    wakeAtNs = pace.wakeNs();
                    after(wakeAtNs - nowNs, this::fill);
                }
                return;
            }
            slots++;
            pace.began(nowNs, BLOCK);
            if (target != pace) {
                target.began(nowNs, BLOCK);
            }
            add(new Job(true, false, nowNs, blockNs));
        }
    }
}
