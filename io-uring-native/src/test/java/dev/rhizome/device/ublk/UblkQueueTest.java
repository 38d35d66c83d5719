package dev.rhizome.device.ublk;

import static org.assertj.core.api.Assertions.assertThat;

import com.kenai.jffi.MemoryIO;
import dev.rhizome.core.Limits;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.HeapVolume;
import dev.rhizome.linux.Errno;
import dev.rhizome.uring.Allocation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A request's way between the driver and the volume, with a driver that the test plays. */
class UblkQueueTest {

    private static final int DEPTH = 4;
    private static final int SECTOR = 512;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int FLUSH = 2;
    private static final int DISCARD = 3;
    private static final int WRITE_SAME = 4;
    private static final int WRITE_ZEROES = 5;
    private static final int FUA = 1 << 13;

    private final HeapVolume volume = new HeapVolume(ByteBuffer.allocateDirect(1 << 20), SECTOR);
    private final ByteBuffer descriptors =
            ByteBuffer.allocateDirect(DEPTH * UblkQueue.DESCRIPTOR_BYTES)
                    .order(ByteOrder.nativeOrder());
    private final Driver driver = new Driver();
    private int wakes;
    private final UblkQueue queue =
            new UblkQueue(
                    new DeviceVolume("r", "a", volume, volume, SECTOR, DEPTH),
                    driver,
                    descriptors,
                    DEPTH,
                    () -> wakes++);

    /** Notes what it is told. */
    private final class Driver implements UblkRing {
        final List<String> commands = new ArrayList<>();
        final long[] addresses = new long[DEPTH];
        int submitted;
        int payloadsAtSubmit;
        boolean silent;

        @Override
        public void fetch(int tag) {
            note("fetch ", tag, "");
        }

        @Override
        public void getData(int tag, long address) {
            addresses[tag] = address;
            note("data ", tag, "");
        }

        @Override
        public void commit(int tag, int result, long address) {
            addresses[tag] = address;
            if (!silent) {
                note("commit ", tag, " " + result);
            }
        }

        @Override
        public void submit() {
            submitted++;
            payloadsAtSubmit = volume.acquired;
        }

        private void note(String command, int tag, String rest) {
            if (!silent) {
                commands.add(command + tag + rest);
            }
        }

        List<String> told() {
            List<String> told = List.copyOf(commands);
            commands.clear();
            return told;
        }
    }

    private void describe(int tag, int operation, long offsetBytes, long lengthBytes) {
        int at = tag * UblkQueue.DESCRIPTOR_BYTES;
        descriptors
                .putInt(at, operation)
                .putInt(at + 4, (int) (lengthBytes / SECTOR))
                .putLong(at + 8, offsetBytes / SECTOR);
    }

    private void request(int tag, int operation, long offsetBytes, long lengthBytes) {
        describe(tag, operation, offsetBytes, lengthBytes);
        queue.onCompletion(tag, UblkQueue.RESULT_REQUEST);
    }

    private void write(int tag, int flags, long offsetBytes, long lengthBytes) {
        describe(tag, WRITE | flags, offsetBytes, lengthBytes);
        queue.onCompletion(tag, UblkQueue.RESULT_GET_DATA);
    }

    @Test
    void offersAllTags() {
        queue.start();
        queue.flush();
        assertThat(driver.told()).containsExactly("fetch 0", "fetch 1", "fetch 2", "fetch 3");
        assertThat(driver.submitted).isEqualTo(1);
    }

    @Test
    void fetchesTheDataOfAWrite() {
        volume.holds = true;
        write(2, FUA, 8192, 1024);
        assertThat(driver.told()).containsExactly("data 2");
        assertThat(driver.addresses[2]).isNotZero();
        assertThat(volume.held).isEmpty();

        queue.onCompletion(2, UblkQueue.RESULT_REQUEST);
        assertThat(driver.told()).isEmpty();
        HeapVolume.Held held = volume.answer();
        assertThat(held.operation()).isEqualTo(Operation.WRITE);
        assertThat(held.fua()).isTrue();
        assertThat(held.offsetBytes()).isEqualTo(8192);
        assertThat(held.lengthBytes()).isEqualTo(1024);
        assertThat(driver.told()).containsExactly("commit 2 1024");
        assertThat(driver.addresses[2]).isZero();
        assertThat(volume.acquired).isZero();
    }

    @Test
    void hasAWriteAskedAgainThatWasNotCopiedWhole() {
        write(1, 0, 0, 4096);
        describe(1, WRITE, 0, 1024);
        queue.onCompletion(1, UblkQueue.RESULT_REQUEST);
        assertThat(driver.told()).containsExactly("data 1", "commit 1 0");
        assertThat(volume.acquired).isZero();
    }

    @Test
    void keepsWhatWasReadUntilTheDriverHasCopiedIt() {
        request(0, READ, 4096, 4096);
        request(3, READ, 0, 512);
        assertThat(driver.told()).containsExactly("commit 0 4096", "commit 3 512");
        assertThat(driver.addresses[0]).isNotZero();
        assertThat(volume.acquired).isEqualTo(2);

        queue.flush();
        assertThat(driver.payloadsAtSubmit).isEqualTo(2);
        assertThat(volume.acquired).isZero();
    }

    @Test
    void passesOnWhatHasNoData() {
        volume.holds = true;
        request(0, FLUSH | FUA, 0, 0);
        request(1, DISCARD, 512, Limits.MAX_CHANGE_BYTES);
        request(2, WRITE_ZEROES | FUA, 1024, 2048);

        HeapVolume.Held flush = volume.held.get(0);
        assertThat(flush.operation()).isEqualTo(Operation.FLUSH);
        assertThat(flush.fua()).isFalse();
        assertThat(flush.payload()).isNull();
        HeapVolume.Held trim = volume.held.get(1);
        assertThat(trim.operation()).isEqualTo(Operation.TRIM);
        assertThat(trim.offsetBytes()).isEqualTo(512);
        assertThat(trim.lengthBytes()).isEqualTo(Limits.MAX_CHANGE_BYTES);
        HeapVolume.Held zero = volume.held.get(2);
        assertThat(zero.operation()).isEqualTo(Operation.ZERO);
        assertThat(zero.fua()).isTrue();

        volume.held.remove(1);
        volume.answer();
        volume.answer();
        assertThat(driver.told()).containsExactly("commit 0 0", "commit 2 0");
    }

    @Test
    void saysHowARequestFailed() {
        volume.status = IoStatus.NO_SPACE;
        request(0, READ, 0, 512);
        write(1, 0, 0, 512);
        queue.onCompletion(1, UblkQueue.RESULT_REQUEST);
        request(2, FLUSH, 0, 0);

        assertThat(driver.told())
                .containsExactly(
                        "commit 0 -" + Errno.ENOSPC,
                        "data 1",
                        "commit 1 -" + Errno.ENOSPC,
                        "commit 2 -" + Errno.ENOSPC);
        // A read must come with an address even so.
        assertThat(driver.addresses[0]).isNotZero();
        assertThat(volume.acquired).isZero();
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        request(0, WRITE_SAME, 0, 512);
        request(1, READ, 0, Limits.MAX_REQUEST_BYTES + SECTOR);
        request(2, READ, 0, 0);
        assertThat(driver.told())
                .containsExactly(
                        "commit 0 -" + Errno.EOPNOTSUPP,
                        "commit 1 -" + Errno.EINVAL,
                        "commit 2 -" + Errno.EINVAL);
        assertThat(queue.failure()).isZero();

        write(3, 0, 0, Limits.MAX_REQUEST_BYTES + SECTOR);
        assertThat(driver.told()).isEmpty();
        assertThat(queue.failure()).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void waitsForMemoryInTurn() {
        volume.budget = 1;
        volume.holds = true;
        request(0, READ, 0, 512);
        write(1, 0, 0, 512);
        request(2, READ, 0, 512);
        request(3, FLUSH, 0, 0);
        assertThat(volume.held).hasSize(2);
        assertThat(driver.told()).isEmpty();

        // The first read ends; its memory comes back when the driver has copied it.
        volume.answer();
        volume.runWaiter();
        assertThat(wakes).isZero();
        queue.flush();
        assertThat(driver.told()).containsExactly("commit 0 512");
        // A newcomer does not overtake those that wait.
        request(0, READ, 0, 512);
        assertThat(volume.held).hasSize(1);
        volume.runWaiter();
        assertThat(wakes).isEqualTo(1);
        queue.resume();
        assertThat(driver.told()).containsExactly("data 1");

        queue.onCompletion(1, UblkQueue.RESULT_REQUEST);
        volume.answer();
        volume.answer();
        assertThat(driver.told()).containsExactly("commit 3 0", "commit 1 512");
        volume.runWaiter();
        queue.resume();
        volume.answer();
        queue.flush();
        volume.runWaiter();
        queue.resume();
        volume.answer();
        queue.flush();
        assertThat(driver.told()).containsExactly("commit 2 512", "commit 0 512");
        assertThat(volume.acquired).isZero();
    }

    /** All memory is back by then: no other one will be given back that could wake anybody. */
    @Test
    void aNewcomerDoesNotPutOffThoseThatWereWoken() {
        volume.budget = 1;
        volume.holds = true;
        request(0, READ, 0, 512);
        request(1, READ, 512, 512);
        volume.answer();
        queue.flush();
        volume.runWaiter();
        assertThat(wakes).isEqualTo(1);

        request(2, READ, 1024, 512);
        queue.resume();
        assertThat(volume.answer().offsetBytes()).isEqualTo(512);
    }

    @Test
    void endsWhenTheDriverHasTakenAllTagsBack() {
        queue.start();
        write(0, 0, 0, 512);
        for (int tag = 0; tag < DEPTH; tag++) {
            assertThat(queue.ended()).isFalse();
            queue.onCompletion(tag, -Errno.ENODEV);
        }
        assertThat(queue.ended()).isTrue();
        assertThat(queue.failure()).isZero();
        assertThat(volume.acquired).isZero();
    }

    @Test
    void tellsOfACommandThatWasRefused() {
        queue.start();
        queue.onCompletion(1, -Errno.EBUSY);
        assertThat(queue.failure()).isEqualTo(-Errno.EBUSY);
        assertThat(queue.ended()).isFalse();
    }

    @Test
    void dropsAnswersThatComeTooLate() {
        volume.holds = true;
        request(0, READ, 0, 512);
        request(1, FLUSH, 0, 0);
        queue.flush();
        queue.close();
        volume.answer();
        volume.answer();
        assertThat(driver.told()).isEmpty();
        assertThat(volume.acquired).isZero();
    }

    /** The kernel may still copy the data of a write to memory that it was given for them. */
    @Test
    void keepsMemoryThatTheDriverMayWriteTo() {
        write(0, 0, 0, 512);
        queue.flush();
        queue.close();
        assertThat(volume.acquired).isEqualTo(1);
    }

    @Test
    void readsBackWhatWasWritten() {
        write(0, 0, 4096, 512);
        volumeMemory(driver.addresses[0]).putLong(0, 0x1234_5678_9abc_def0L);
        queue.onCompletion(0, UblkQueue.RESULT_REQUEST);
        queue.flush();
        request(1, READ, 4096, 512);
        assertThat(volumeMemory(driver.addresses[1]).getLong(0)).isEqualTo(0x1234_5678_9abc_def0L);
    }

    @Test
    void usesNoHeapOnceWarm() {
        driver.silent = true;
        Runnable round =
                () -> {
                    write(0, 0, 4096, 512);
                    request(1, READ, 4096, 512);
                    request(2, FLUSH, 0, 0);
                    queue.onCompletion(0, UblkQueue.RESULT_REQUEST);
                    queue.flush();
                    volume.budget = 0;
                    request(3, READ, 0, 512);
                    volume.budget = 1;
                    volume.runWaiter();
                    queue.resume();
                    queue.flush();
                };

        assertThat(Allocation.during(10_000, round)).isLessThan(Allocation.NOISE_BYTES);
        assertThat(wakes).isEqualTo(12_500);
    }

    private static ByteBuffer volumeMemory(long address) {
        return MemoryIO.getInstance().newDirectByteBuffer(address, SECTOR);
    }
}
