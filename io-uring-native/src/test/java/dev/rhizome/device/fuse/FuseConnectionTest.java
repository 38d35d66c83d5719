package dev.rhizome.device.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Limits;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.HeapVolume;
import dev.rhizome.linux.Errno;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel asks of the file system of one file, with a kernel that the test plays. */
class FuseConnectionTest {
    private static final int SECTOR = 512;
    private static final long SIZE = 4L << 20;
    private static final int ENOENT = 2;

    private final FuseKernel kernel = new FuseKernel();
    private final HeapVolume volume = new HeapVolume(ByteBuffer.allocateDirect((int) SIZE), SECTOR);
    private FuseConnection connection = connect(volume, 4);

    private FuseConnection connect(HeapVolume served, int maxRequests) {
        DeviceVolume device = new DeviceVolume("r0", "a", served, served, 4096, maxRequests);
        return new FuseConnection(kernel.fd, "file", device, kernel);
    }

    @AfterEach
    void nothingLeaks() {
        connection.close();
        assertThat(volume.acquired).isZero();
        kernel.close();
    }

    private static ByteBuffer check(
            @Nullable ByteBuffer answer, long unique, int error, int lengthBytes) {
        if (answer == null) {
            throw new AssertionError("no answer");
        }
        assertThat(answer.getInt(0)).isEqualTo(answer.capacity());
        assertThat(answer.getLong(8)).isEqualTo(unique);
        assertThat(answer.getInt(4)).isEqualTo(error);
        assertThat(answer.capacity()).isEqualTo(lengthBytes);
        return answer;
    }

    private ByteBuffer ask(long unique, int lengthBytes) {
        connection.drain();
        return check(kernel.answer(), unique, 0, lengthBytes);
    }

    private void refuses(long unique, int errno) {
        connection.drain();
        check(kernel.answer(), unique, -errno, 16);
    }

    private static byte[] random(int length) {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        return data;
    }

    private static byte[] bodyOf(ByteBuffer answer) {
        byte[] body = new byte[answer.capacity() - 16];
        answer.get(16, body);
        return body;
    }

    @Test
    void theBeginning() {
        kernel.request(FuseMessage.INIT, 0).putInt(40, 7).putInt(44, 45).putInt(48, 131072);
        kernel.request(FuseMessage.INIT, 0).putInt(40, 7).putInt(44, 45).putInt(52, -1);
        ByteBuffer answer = ask(kernel.send(104), 80);
        assertThat(answer.getInt(16)).isEqualTo(7);
        assertThat(answer.getInt(20)).isEqualTo(31);
        assertThat(answer.getInt(28)).isEqualTo(1 | 1 << 5 | 1 << 15 | 1 << 18 | 1 << 22);
        assertThat(answer.getShort(32)).isEqualTo((short) 4);
        assertThat(answer.getInt(36)).isEqualTo(256 * 1024);
        assertThat(answer.getInt(40)).isEqualTo(1);
        assertThat(answer.getShort(44)).isEqualTo((short) 64);
    }

    @Test
    void onlyFeaturesThatTheKernelHasAreTaken() {
        kernel.request(FuseMessage.INIT, 0).putInt(40, 7).putInt(44, 31).putInt(52, 1 << 5);
        assertThat(ask(kernel.send(104), 80).getInt(28)).isEqualTo(1 << 5);
    }

    @ParameterizedTest
    @CsvSource({"6,99", "8,0", "7,30"})
    void aProtocolThatIsNotSpokenIsRefused(int major, int minor) {
        kernel.request(FuseMessage.INIT, 0).putInt(40, major).putInt(44, minor);
        refuses(kernel.send(104), 71);
    }

    private long lookUp(long directory, String name) {
        kernel.request(FuseMessage.LOOKUP, directory)
                .put(40, (name + "\0").getBytes(StandardCharsets.US_ASCII));
        return kernel.send(40 + name.length() + 1);
    }

    @Test
    void theFileAndItsAttributes() {
        ByteBuffer entry = ask(lookUp(FuseMessage.ROOT, "file"), 144);
        assertThat(entry.getLong(16)).isEqualTo(FuseMessage.FILE);
        assertThat(entry.getLong(32)).isPositive();
        assertThat(entry.getLong(56)).isEqualTo(FuseMessage.FILE);
        assertThat(entry.getLong(64)).isEqualTo(SIZE);
        assertThat(entry.getInt(116)).isEqualTo(0100600);

        kernel.request(FuseMessage.GETATTR, FuseMessage.ROOT);
        ByteBuffer root = ask(kernel.send(56), 120);
        assertThat(root.getInt(32 + 60)).isEqualTo(0040700);
        assertThat(root.getLong(32 + 8)).isZero();

        kernel.request(FuseMessage.OPEN, FuseMessage.FILE);
        assertThat(ask(kernel.send(48), 32).getInt(24)).isEqualTo(1 | 1 << 5 | 1 << 6);

        kernel.request(FuseMessage.STATFS, FuseMessage.FILE);
        ByteBuffer statistics = ask(kernel.send(40), 96);
        assertThat(statistics.getLong(16)).isEqualTo(SIZE / 4096);
        assertThat(statistics.getInt(16 + 40)).isEqualTo(4096);
    }

    @Test
    void thereIsNothingElse() {
        refuses(lookUp(FuseMessage.ROOT, "other"), ENOENT);
        refuses(lookUp(FuseMessage.FILE, "file"), ENOENT);
        refuses(lookUp(FuseMessage.ROOT, "f".repeat(39)), ENOENT);
        kernel.request(22, FuseMessage.FILE);
        refuses(kernel.send(64), Errno.ENOSYS);
    }

    @ParameterizedTest
    @ValueSource(ints = {FuseMessage.FORGET, FuseMessage.BATCH_FORGET, FuseMessage.INTERRUPT})
    void whatIsNotAnswered(int opcode) {
        kernel.request(opcode, FuseMessage.FILE);
        kernel.send(48);
        connection.drain();
        assertThat(kernel.answer()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, 64 * 1024, 64 * 1024 + 512, 200 * 1024})
    void whatIsWrittenIsRead(int length) {
        byte[] data = random(length);
        assertThat(ask(kernel.write(1024, data), 24).getInt(16)).isEqualTo(length);
        assertThat(bodyOf(ask(kernel.read(1024, length), 16 + length))).isEqualTo(data);
    }

    @Test
    void aSmallWriteDoesNotKeepTheMemoryThatItLandedIn() {
        volume.holds = true;
        kernel.write(0, random(4096));
        kernel.write(4096, random(4096));
        connection.drain();
        assertThat(volume.held).hasSize(2);
        assertThat(volume.held).allMatch(each -> each.lengthBytes() == 4096);
        // Two small ones and the landing.
        assertThat(volume.acquired).isEqualTo(3);
        volume.answer();
        volume.answer();
    }

    @Test
    void flushes() {
        volume.holds = true;
        kernel.request(FuseMessage.FSYNC, FuseMessage.FILE);
        long unique = kernel.send(56);
        connection.drain();
        assertThat(kernel.answer()).isNull();
        assertThat(volume.answer().operation()).isEqualTo(Operation.FLUSH);
        check(kernel.answer(), unique, 0, 16);
    }

    @Test
    void holesAreTrimsAndZeroesAreZeroes() {
        volume.holds = true;
        long hole = kernel.allocate(4096, 8192, 1 | 2);
        long zeroes = kernel.allocate(0, 512, 1 | 0x10);
        connection.drain();
        assertThat(volume.held.get(0).operation()).isEqualTo(Operation.TRIM);
        assertThat(volume.held.get(0).offsetBytes()).isEqualTo(4096);
        assertThat(volume.held.get(0).lengthBytes()).isEqualTo(8192);
        assertThat(volume.held.get(1).operation()).isEqualTo(Operation.ZERO);
        volume.answer(1);
        check(kernel.answer(), zeroes, 0, 16);
        volume.answer();
        check(kernel.answer(), hole, 0, 16);
        refuses(kernel.allocate(0, 512, 1), Errno.EOPNOTSUPP);
    }

    @Test
    void aLargeRangeGoesPartByPart() {
        HeapVolume large = new HeapVolume(1L << 30, SECTOR);
        FuseConnection served = connect(large, 4);
        large.holds = true;
        long unique = kernel.allocate(SECTOR, (130L << 20) + SECTOR, 1 | 2);
        served.drain();
        List<Long> parts = new ArrayList<>();
        while (!large.held.isEmpty()) {
            assertThat(large.held).hasSize(1);
            assertThat(kernel.answer()).isNull();
            parts.add(large.answer().lengthBytes());
        }
        long most = Limits.MAX_CHANGE_BYTES;
        assertThat(parts).containsExactly(most, most, (130L << 20) + SECTOR - 2 * most);
        check(kernel.answer(), unique, 0, 16);
        served.close();
        assertThat(large.acquired).isZero();
    }

    @ParameterizedTest
    @CsvSource({"100,512", "0,100", "4194304,512", "4193792,1024", "-512,512", "0,0"})
    void aRangeThatIsNotTheVolumesIsRefused(long offset, int length) {
        refuses(kernel.read(offset, length), Errno.EINVAL);
        refuses(kernel.write(offset, new byte[length]), Errno.EINVAL);
        refuses(kernel.allocate(offset, length, 1 | 2), Errno.EINVAL);
    }

    @ParameterizedTest
    @CsvSource({"IO_ERROR,5", "NO_SPACE,28", "NOT_PRIMARY,5", "INVALID,22"})
    void theVolumesErrorsArePassedOn(IoStatus status, int errno) {
        volume.status = status;
        refuses(kernel.read(0, 4096), errno);
        refuses(kernel.write(0, random(512)), errno);
        refuses(kernel.allocate(0, 4096, 1 | 2), errno);
    }

    @Test
    void withoutMemoryRequestsWait() {
        volume.budget = 2;
        volume.holds = true;
        long first = kernel.write(0, random(4096));
        long second = kernel.read(0, 4096);
        long third = kernel.write(4096, random(4096));
        connection.drain();
        assertThat(volume.held).hasSize(1);
        volume.answer();
        check(kernel.answer(), first, 0, 24);
        volume.runWaiter();
        kernel.runTasks();
        assertThat(volume.answer().operation()).isEqualTo(Operation.READ);
        check(kernel.answer(), second, 0, 16 + 4096);
        kernel.runTasks();
        connection.drain();
        volume.answer();
        check(kernel.answer(), third, 0, 24);
    }

    @Test
    void whatComesAfterTheEndIsDropped() {
        volume.holds = true;
        kernel.read(0, 4096);
        connection.drain();
        connection.close();
        volume.answer();
        assertThat(kernel.answer()).isNull();
    }

    @Test
    void noMoreIsTakenThanThereAreSlotsFor() {
        volume.holds = true;
        int slots = 4 + 64;
        for (int i = 0; i < slots + 1; i++) {
            kernel.read(0, 512);
        }
        connection.drain();
        kernel.runTasks();
        assertThat(volume.held).hasSize(slots);
        volume.answer();
        kernel.runTasks();
        assertThat(volume.held).hasSize(slots);
        while (!volume.held.isEmpty()) {
            volume.answer();
        }
    }
}
