package dev.rhizome.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Machines that refuse io_uring get the worker threads, and are told why. */
class RefusedRingTest {

    private static final int IO_URING_SETUP = 425;

    @TempDir Path directory = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "1, 'worker-threads: not permitted here: kernel.io_uring_disabled='",
        "38, 'worker-threads: this kernel has no io_uring'",
        "12, 'worker-threads: no memory for the ring'"
    })
    void fallsBackToThreads(int errno, String description) throws Exception {
        Path path = Place.file(directory, "disk", 4096);
        Boolean filtered =
                onAThreadOfItsOwn(
                        () -> {
                            if (!SystemCallFilter.refuse(IO_URING_SETUP, errno)) {
                                return false;
                            }
                            try (QueueRig rig = QueueRig.open(true);
                                    Disk disk = Disk.open(path, DiskOptions.DEFAULT)) {
                                assertThat(rig.queue.description()).startsWith(description);
                                assertThat(rig.flush(disk)).isZero();
                            }
                            return true;
                        });
        Place.skipUnless(filtered, "no seccomp filters here");
    }

    @Test
    void fallsBackWhenAsked() throws IOException {
        try (DiskQueue queue = DiskQueue.open(new DiskQueueOptions(1, false))) {
            assertThat(queue.description()).isEqualTo("worker-threads: io_uring is switched off");
        }
    }

    private static <T> T onAThreadOfItsOwn(Callable<T> action) throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return thread.submit(action).get(30, TimeUnit.SECONDS);
        } finally {
            thread.shutdown();
            assertThat(thread.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
