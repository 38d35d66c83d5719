package dev.rhizome.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.linux.Errno;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What both queues promise, on every kind of file. */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("setups")
class DiskQueueContractTest {

    private static final int MIB = 1 << 20;
    private static final int BLOCK = 4096;

    @Parameter(0)
    Backend backend = Backend.RING;

    @Parameter(1)
    Place place = Place.DIRECT;

    @TempDir Path temporary = Path.of("");

    private Path directory = Path.of("");
    private Path path = Path.of("");
    private QueueRig rig;
    private Disk disk;

    static Stream<Arguments> setups() {
        return Arrays.stream(Backend.values())
                .flatMap(on -> Arrays.stream(Place.values()).map(at -> Arguments.of(on, at)));
    }

    @BeforeEach
    void open() throws IOException {
        directory = place.directory(temporary);
        path = Place.file(directory, "disk", 4 * MIB);
        rig = new QueueRig(backend.open(1024));
        disk = Disk.open(path, place.options());
        Place.skipUnless(place != Place.DIRECT || disk.direct(), "no direct I/O in " + temporary);
    }

    @AfterEach
    void close() throws IOException {
        if (disk != null) {
            disk.close();
        }
        if (rig != null) {
            rig.close();
        }
        if (place == Place.TMPFS) {
            Place.delete(directory);
        }
    }

    @Test
    void readsWhatAnotherWrote() throws IOException {
        byte[] data = pattern(1, 3 * BLOCK);
        onDisk(8 * BLOCK, data);
        AlignedBuffer memory = AlignedBuffer.allocate(4 * BLOCK);

        rig.queue.read(disk, 7, memory, BLOCK, 3 * BLOCK, 8 * BLOCK);

        assertThat(rig.await(7)).isEqualTo(3 * BLOCK);
        assertThat(bytes(memory, BLOCK, 3 * BLOCK)).isEqualTo(data);
        assertThat(bytes(memory, 0, BLOCK)).containsOnly(0);
    }

    @Test
    void writesWhatAnotherReads() throws IOException {
        byte[] data = pattern(2, 64 * 1024);
        AlignedBuffer memory = filled(data);

        assertThat(rig.write(disk, memory, data.length, MIB)).isEqualTo(data.length);
        assertThat(rig.flush(disk)).isZero();

        assertThat(fromDisk(MIB, data.length)).isEqualTo(data);
        assertThat(fromDisk(MIB - BLOCK, BLOCK)).containsOnly(0);
        assertThat(fromDisk(MIB + data.length, BLOCK)).containsOnly(0);
    }

    @Test
    void writesDurably() throws IOException {
        byte[] data = pattern(3, BLOCK);

        assertThat(rig.writeDurably(disk, filled(data), BLOCK, 0)).isEqualTo(BLOCK);

        assertThat(fromDisk(0, BLOCK)).isEqualTo(data);
    }

    @Test
    void trimsToZeroes() throws IOException {
        onDisk(0, pattern(4, MIB));

        assertThat(rig.trim(disk, 16 * BLOCK, 8 * BLOCK)).isZero();

        assertOnlyTheseAreZero(pattern(4, MIB), 16 * BLOCK, 8 * BLOCK);
    }

    @Test
    void trimsToZeroesWhereHolesAreRefused() throws IOException {
        disk.holesRefused();
        onDisk(0, pattern(5, MIB));

        assertThat(rig.trim(disk, 16 * BLOCK, 8 * BLOCK)).isZero();

        assertOnlyTheseAreZero(pattern(5, MIB), 16 * BLOCK, 8 * BLOCK);
    }

    @Test
    void zeroes() throws IOException {
        onDisk(0, pattern(6, MIB));

        assertThat(rig.zero(disk, 3 * BLOCK, 100 * BLOCK)).isZero();

        assertOnlyTheseAreZero(pattern(6, MIB), 3 * BLOCK, 100 * BLOCK);
    }

    @Test
    void zeroesByWritingInChunks() throws IOException {
        disk.holesRefused();
        disk.zeroRangesRefused();
        onDisk(0, pattern(7, 2 * MIB));

        assertThat(rig.trim(disk, BLOCK, MIB + BLOCK)).isZero();

        assertOnlyTheseAreZero(pattern(7, 2 * MIB), BLOCK, MIB + BLOCK);
    }

    @Test
    void aReadIsShortOnlyAtTheEnd() {
        AlignedBuffer memory = AlignedBuffer.allocate(4 * BLOCK);

        assertThat(rig.read(disk, memory, 4 * BLOCK, disk.sizeBytes() - BLOCK)).isEqualTo(BLOCK);
        assertThat(rig.read(disk, memory, BLOCK, disk.sizeBytes())).isZero();
    }

    @Test
    void misalignmentIsAResult() {
        AlignedBuffer memory = AlignedBuffer.allocate(2 * BLOCK);
        int length = disk.logicalBlockBytes() + 1;
        int refused = -Errno.EINVAL;
        boolean direct = disk.direct();

        assertThat(rig.read(disk, memory, length, 0)).isEqualTo(direct ? refused : length);
        assertThat(rig.write(disk, memory, length, 0)).isEqualTo(direct ? refused : length);
        assertThat(rig.write(disk, memory, BLOCK, 1)).isEqualTo(direct ? refused : BLOCK);
        assertThat(rig.trim(disk, 1, BLOCK)).isEqualTo(direct ? refused : 0);
        assertThat(rig.zero(disk, 1, BLOCK)).isEqualTo(direct ? refused : 0);
    }

    @Test
    void misalignedMemoryIsAResult() throws IOException {
        Place.skipUnless(place == Place.DIRECT, place + " takes any memory");
        onDisk(0, pattern(11, BLOCK));
        AlignedBuffer memory = AlignedBuffer.allocate(2 * BLOCK);

        rig.queue.read(disk, 1, memory, 1, BLOCK, 0);

        assertThat(rig.await(1)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void aReadOnlyDiskRefusesWrites() throws IOException {
        disk.close();
        disk = Disk.open(path, new DiskOptions(true, true));
        AlignedBuffer memory = AlignedBuffer.allocate(BLOCK);

        assertThat(disk.readOnly()).isTrue();
        assertThat(rig.read(disk, memory, BLOCK, 0)).isEqualTo(BLOCK);
        assertThat(rig.write(disk, memory, BLOCK, 0)).isEqualTo(-Errno.EBADF);
        assertThat(rig.writeDurably(disk, memory, BLOCK, 0)).isEqualTo(-Errno.EBADF);
        assertThat(rig.trim(disk, 0, BLOCK)).isEqualTo(-Errno.EBADF);
        assertThat(rig.zero(disk, 0, BLOCK)).isEqualTo(-Errno.EBADF);
    }

    @Test
    void aClosedDiskRefusesEverything() {
        disk.close();
        AlignedBuffer memory = AlignedBuffer.allocate(BLOCK);

        assertThat(rig.read(disk, memory, BLOCK, 0)).isEqualTo(-Errno.EBADF);
        assertThat(rig.write(disk, memory, BLOCK, 0)).isEqualTo(-Errno.EBADF);
        assertThat(rig.flush(disk)).isEqualTo(-Errno.EBADF);
        assertThat(rig.trim(disk, 0, BLOCK)).isEqualTo(-Errno.EBADF);
        assertThat(rig.zero(disk, 0, BLOCK)).isEqualTo(-Errno.EBADF);
    }

    @Test
    void aDiskClosedWithOperationsInFlightFinishesThemFirst() throws IOException {
        AlignedBuffer memory = filled(pattern(8, BLOCK));
        for (int token = 0; token < 64; token++) {
            rig.queue.write(disk, token, memory, 0, BLOCK, (long) token * BLOCK, false);
        }

        disk.close();
        assertThatThrownBy(() -> Disk.open(path, place.options()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is in use by another process");
        rig.awaitAll((token, result) -> assertThat(result).isEqualTo(BLOCK));

        Disk.open(path, place.options()).close();
        assertThat(fromDisk(63 * BLOCK, BLOCK)).isEqualTo(pattern(8, BLOCK));
    }

    @Test
    void manyInFlightInRandomOrder() throws IOException {
        int blocks = 1024;
        Random random = new Random(9);
        AlignedBuffer[] memory = new AlignedBuffer[blocks];
        int[] order = random.ints(0, blocks).distinct().limit(blocks).toArray();
        for (int block : order) {
            memory[block] = filled(pattern(block, BLOCK));
            boolean durable = random.nextInt(16) == 0;
            rig.queue.write(disk, block, memory[block], 0, BLOCK, (long) block * BLOCK, durable);
            if (random.nextInt(10) == 0) {
                rig.queue.submit();
            }
        }
        assertThat(rig.queue.inFlight()).isEqualTo(blocks);
        int[] seen = new int[blocks];
        rig.awaitAll(
                (token, result) -> {
                    assertThat(result).isEqualTo(BLOCK);
                    seen[(int) token]++;
                });

        assertThat(seen).containsOnly(1);
        assertTheDescriptorComesToRest();
        for (int block = 0; block < blocks; block++) {
            assertThat(fromDisk((long) block * BLOCK, BLOCK)).isEqualTo(pattern(block, BLOCK));
        }
    }

    @Test
    void theHandlerMayQueueMore() {
        AlignedBuffer memory = AlignedBuffer.allocate(BLOCK);
        int rounds = 500;
        int[] left = {rounds};
        for (int token = 0; token < 8; token++) {
            rig.queue.read(disk, token, memory, 0, BLOCK, 0);
        }
        rig.queue.submit();
        int finished = 0;
        Poll poll = new Poll();
        while (rig.queue.inFlight() > 0) {
            assertThat(poll.untilReadable(rig.queue.pollDescriptor())).isTrue();
            finished +=
                    rig.queue.reap(
                            (token, result) -> {
                                assertThat(result).isEqualTo(BLOCK);
                                if (left[0]-- > 0) {
                                    rig.queue.read(disk, token, memory, 0, BLOCK, 0);
                                }
                            });
            rig.queue.submit();
        }

        assertThat(finished).isEqualTo(rounds + 8);
    }

    @Test
    void theLimitIsEnforced() throws IOException {
        try (DiskQueue small = backend.open(3)) {
            assertThat(small.limit()).isEqualTo(3);
            for (int token = 0; token < 3; token++) {
                small.flush(disk, token);
            }
            assertThat(small.inFlight()).isEqualTo(3);
            assertThatThrownBy(() -> small.flush(disk, 3))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("more than 3");
            new QueueRig(small).awaitAll((token, result) -> assertThat(result).isZero());
            assertThat(small.inFlight()).isZero();
            small.flush(disk, 4);
        }
    }

    @Test
    void closeDrains() throws IOException {
        byte[] data = pattern(10, BLOCK);
        AlignedBuffer memory = filled(data);
        for (int token = 0; token < 200; token++) {
            rig.queue.write(disk, token, memory, 0, BLOCK, (long) token * BLOCK, false);
            if (token == 100) {
                rig.queue.submit();
            }
        }
        rig.queue.trim(disk, 200, MIB, MIB);

        rig.close();

        assertThat(rig.queue.inFlight()).isZero();
        assertThat(fromDisk(199 * BLOCK, BLOCK)).isEqualTo(data);
        assertThatThrownBy(() -> rig.queue.flush(disk, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        rig.close();
    }

    @Test
    void aHandlerThatThrowsLosesNothing() {
        for (int token = 0; token < 50; token++) {
            rig.queue.flush(disk, token);
        }
        rig.queue.submit();
        int thrown = 0;
        while (rig.queue.inFlight() > 0) {
            try {
                rig.reap(
                        (token, result) -> {
                            throw new IllegalArgumentException("a bug");
                        });
            } catch (IllegalArgumentException e) {
                thrown++;
            }
        }

        assertThat(thrown).isEqualTo(50);
    }

    @Test
    void theHandlerMayClose() {
        for (int token = 0; token < 50; token++) {
            rig.queue.flush(disk, token);
        }
        rig.queue.submit();

        assertThat(rig.reap((token, result) -> rig.close())).isEqualTo(1);

        assertThat(rig.queue.inFlight()).isZero();
    }

    @Test
    void bugsThrow() {
        AlignedBuffer memory = AlignedBuffer.allocate(BLOCK);

        assertThatThrownBy(() -> rig.queue.read(disk, 1, memory, 1, BLOCK, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> rig.queue.read(disk, 1, memory, 0, BLOCK, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> rig.queue.trim(disk, 1, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(rig.queue.inFlight()).isZero();
    }

    /** The last signal may come after its completion was seen; each reap takes one away. */
    private void assertTheDescriptorComesToRest() {
        int signals = 0;
        while (rig.pollable()) {
            assertThat(rig.queue.reap((token, result) -> {})).isZero();
            assertThat(signals++).isLessThan(1024);
        }
    }

    private void assertOnlyTheseAreZero(byte[] before, int offset, int length) throws IOException {
        byte[] expected = before.clone();
        Arrays.fill(expected, offset, offset + length, (byte) 0);
        assertThat(Arrays.equals(fromDisk(0, expected.length), expected)).isTrue();
        AlignedBuffer memory = AlignedBuffer.allocate(length);
        assertThat(rig.read(disk, memory, length, offset)).isEqualTo(length);
        assertThat(bytes(memory, 0, length)).containsOnly(0);
    }

    private static AlignedBuffer filled(byte[] data) {
        AlignedBuffer memory = AlignedBuffer.allocate(data.length);
        memory.buffer().put(0, data);
        return memory;
    }

    private static byte[] bytes(AlignedBuffer memory, int offset, int length) {
        byte[] copy = new byte[length];
        memory.buffer().get(offset, copy);
        return copy;
    }

    /** Bytes that differ from block to block and are never zero. */
    private static byte[] pattern(long seed, int length) {
        byte[] data = new byte[length];
        new Random(seed).nextBytes(data);
        for (int index = 0; index < length; index++) {
            data[index] |= 1;
        }
        return data;
    }

    private void onDisk(long offset, byte[] data) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(offset);
            file.write(data);
            file.getFD().sync();
        }
    }

    private byte[] fromDisk(long offset, int length) throws IOException {
        byte[] data = new byte[length];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(offset);
            file.readFully(data);
        }
        return data;
    }
}
