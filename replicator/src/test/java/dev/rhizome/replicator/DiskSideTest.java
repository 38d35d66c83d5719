package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Tokens;
import dev.rhizome.uring.Disk;
import dev.rhizome.uring.DiskOptions;
import dev.rhizome.uring.DiskQueue;
import dev.rhizome.uring.DiskQueueOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DiskSideTest {
    private static final int BLOCK = 4096;

    private final PayloadMemory memory = new PayloadMemory(1 << 20, Runnable::run);
    private final List<Integer> results = new ArrayList<>();
    private Disk disk;
    private DiskQueue queue;
    private DiskSide side;

    @BeforeEach
    void open(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("disk"), new byte[16 * BLOCK]);
        disk = Disk.open(file, new DiskOptions(false, false));
        queue = DiskQueue.open(DiskQueueOptions.DEFAULT);
        side = new DiskSide(queue, new Disks(disk, disk));
    }

    @AfterEach
    void close() {
        queue.close();
        disk.close();
    }

    private PooledPayload block() {
        return Objects.requireNonNull(memory.acquire(BLOCK));
    }

    private static long token(int slot) {
        return Tokens.of(Tokens.Owner.CLIENT, slot, 1);
    }

    private void await(int count) throws InterruptedException {
        while (results.size() < count) {
            queue.reap((token, result) -> results.add(result));
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    @Timeout(30)
    void theDiskBeginsWithAFewReadsBeforeTheBatchEnds() throws Exception {
        for (int slot = 0; slot < 4; slot++) {
            side.read(token(slot), (long) slot * BLOCK, BLOCK, block());
        }
        await(4);
        assertThat(results).containsOnly(BLOCK);

        side.read(token(4), 0, BLOCK, block());
        side.submit();
        await(5);
    }
}
