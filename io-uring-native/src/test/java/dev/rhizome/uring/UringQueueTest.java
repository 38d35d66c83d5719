package dev.rhizome.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is special to the ring: its thread, its limits, its thrift. */
class UringQueueTest {

    private static final int BLOCK = 4096;
    private static final int DEPTH = 32;

    @TempDir Path directory = Path.of("");

    private DiskQueue queue;
    private Disk disk;

    @BeforeEach
    void open() throws IOException {
        queue = DiskQueue.open(DiskQueueOptions.DEFAULT);
        Place.skipUnless(queue.description().equals("io_uring"), queue.description());
        disk = Disk.open(Place.file(directory, "disk", 1 << 20), DiskOptions.DEFAULT);
    }

    @AfterEach
    void close() {
        if (disk != null) {
            disk.close();
        }
        queue.close();
    }

    /** Seen on Linux 6.18: the event loop never left the queue again. */
    @Test
    void doesNotWaitForWorkThatIsSaidToBePendingAndIsNot() {
        // On a thread of its own, which can be given up.
        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> {
                    try (QueueRig rig = QueueRig.open(true)) {
                        AlignedBuffer memory = AlignedBuffer.allocate(BLOCK);
                        assertThat(rig.read(disk, memory, BLOCK, 0)).isEqualTo(BLOCK);
                        ((UringQueue) rig.queue).ring().pretendWorkPending();
                        assertThat(rig.queue.reap((token, result) -> {})).isZero();
                        assertThat(rig.read(disk, memory, BLOCK, 0)).isEqualTo(BLOCK);
                    }
                });
    }

    @Test
    void belongsToTheFirstThreadThatUsesIt() throws Exception {
        ExecutorService loop = Executors.newSingleThreadExecutor();
        try {
            AlignedBuffer memory = AlignedBuffer.allocate(BLOCK);
            int result =
                    CompletableFuture.supplyAsync(
                                    () -> {
                                        queue.read(disk, 5, memory, 0, BLOCK, 0);
                                        return new QueueRig(queue).await(5);
                                    },
                                    loop)
                            .get(30, TimeUnit.SECONDS);
            assertThat(result).isEqualTo(BLOCK);

            assertThatThrownBy(() -> queue.flush(disk, 6))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("belongs to the thread");
            assertThatThrownBy(queue::submit).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> queue.reap((token, ignored) -> {}))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(queue::close).isInstanceOf(IllegalStateException.class);
            CompletableFuture.runAsync(queue::close, loop).get(30, TimeUnit.SECONDS);
        } finally {
            loop.shutdown();
            assertThat(loop.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anUnusedQueueMayBeClosedByAnybody() throws Exception {
        DiskQueue unused = DiskQueue.open(DiskQueueOptions.DEFAULT);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            CompletableFuture.runAsync(unused::close, other).get(30, TimeUnit.SECONDS);
        } finally {
            other.shutdown();
        }
        unused.close();
    }

    @Test
    void fillsToItsLimitAndBeyondTheKernelsBatchSizes() throws IOException {
        for (int limit : new int[] {1, 5, 4096, DiskQueueOptions.MAX_LIMIT}) {
            try (QueueRig rig = new QueueRig(DiskQueue.open(new DiskQueueOptions(limit, true)))) {
                assertThat(rig.queue.description()).isEqualTo("io_uring");
                AlignedBuffer memory = AlignedBuffer.allocate(BLOCK);
                for (int token = 0; token < limit; token++) {
                    rig.queue.read(disk, token, memory, 0, BLOCK, (token % 256) * (long) BLOCK);
                }
                int[] finished = {0};
                rig.awaitAll(
                        (token, result) -> {
                            assertThat(result).isEqualTo(BLOCK);
                            finished[0]++;
                        });
                assertThat(finished[0]).isEqualTo(limit);
            }
        }
    }

    @Test
    void usesNoHeapOnceWarm() {
        AlignedBuffer memory = AlignedBuffer.allocate(DEPTH * BLOCK);
        int[] failures = {0};
        DiskCompletion handler =
                (token, result) -> {
                    if (result != BLOCK) {
                        failures[0]++;
                    }
                };
        Poll poll = new Poll();
        Runnable round =
                () -> {
                    for (int index = 0; index < DEPTH; index++) {
                        int at = index * BLOCK;
                        if (index % 4 == 0) {
                            queue.write(disk, index, memory, at, BLOCK, at, false);
                        } else {
                            queue.read(disk, index, memory, at, BLOCK, at);
                        }
                    }
                    queue.submit();
                    while (queue.inFlight() > 0) {
                        if (!poll.untilReadable(queue.pollDescriptor())) {
                            throw new AssertionError("nothing to reap for 30 s");
                        }
                        queue.reap(handler);
                    }
                };

        long allocated = Allocation.during(1000, round);

        assertThat(failures[0]).isZero();
        assertThat(allocated).isLessThan(Allocation.NOISE_BYTES);
    }
}
