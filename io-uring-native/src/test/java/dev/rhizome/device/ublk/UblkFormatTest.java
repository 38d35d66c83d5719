package dev.rhizome.device.ublk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.HeapVolume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Byte for byte what the kernel's header says, on a little-endian machine. */
class UblkFormatTest {

    private static final HexFormat HEX = HexFormat.of();

    @TempDir Path sysfs = Path.of("");

    @Test
    void encodesTheNumbersOfCommands() {
        // As the C compiler has them for _IOR('u', ...) and _IOWR('u', ...).
        assertThat(UblkCommands.GET_DEVICE_INFO).isEqualTo(0x80207502);
        assertThat(UblkCommands.ADD_DEVICE).isEqualTo(0xc0207504);
        assertThat(UblkCommands.START_DEVICE).isEqualTo(0xc0207506);
        assertThat(UblkCommands.STOP_DEVICE).isEqualTo(0xc0207507);
        assertThat(UblkCommands.SET_PARAMETERS).isEqualTo(0xc0207508);
        assertThat(UblkCommands.GET_PARAMETERS).isEqualTo(0x80207509);
        assertThat(UblkCommands.START_RECOVERY).isEqualTo(0xc0207510);
        assertThat(UblkCommands.END_RECOVERY).isEqualTo(0xc0207511);
        assertThat(UblkCommands.DELETE_DEVICE_SOON).isEqualTo(0x80207514);
        assertThat(UblkCommands.FETCH).isEqualTo(0xc0107520);
        assertThat(UblkCommands.COMMIT_AND_FETCH).isEqualTo(0xc0107521);
        assertThat(UblkCommands.GET_DATA).isEqualTo(0xc0107522);
    }

    @Test
    void writesAndReadsADevice() {
        ByteBuffer memory = filled(UblkDeviceInfo.BYTES);
        UblkDeviceInfo.wanted(128, 1 << 20, 0x0102_0304_0506_0708L).write(memory);

        assertThat(hex(memory))
                .isEqualTo(
                        // 1 queue of 128, 1 MiB, any number, no process, three features, the owner
                        "0100"
                                + "8000"
                                + "0000"
                                + "0000"
                                + "00001000"
                                + "ffffffff"
                                + "ffffffff"
                                + "00000000"
                                + "1c00000000000000"
                                + "0807060504030201"
                                + "00".repeat(24));

        memory.putShort(4, (short) UblkDeviceInfo.STATE_QUIESCED).putInt(12, 3).putInt(16, 77);
        UblkDeviceInfo read = UblkDeviceInfo.read(memory);
        assertThat(read)
                .isEqualTo(
                        new UblkDeviceInfo(1, 128, 2, 1 << 20, 3, 77, 0x1c, 0x0102030405060708L));
        assertThat(read.hasNeededFeatures()).isTrue();
        memory.putLong(24, 0x14);
        assertThat(UblkDeviceInfo.read(memory).hasNeededFeatures()).isFalse();
    }

    @Test
    void writesAndReadsParameters() {
        HeapVolume volume = new HeapVolume(1 << 30, 512);
        UblkParameters parameters =
                UblkParameters.of(new DeviceVolume("r", "a", volume, volume, 4096, 64));
        ByteBuffer memory = filled(UblkParameters.BYTES);
        parameters.write(memory);

        assertThat(hex(memory))
                .isEqualTo(
                        // 60 bytes of basic and discard; volatile cache and FUA
                        "3c000000"
                                + "03000000"
                                + "0c000000"
                                // 512, 4096, optimal and smallest 4096; 1 MiB; no chunks
                                + "09"
                                + "0c"
                                + "0c"
                                + "0c"
                                + "00080000"
                                + "00000000"
                                // 2^21 sectors, no boundary
                                + "0000200000000000"
                                + "0000000000000000"
                                // no alignment, 512, 64 MiB, 64 MiB, 1 range
                                + "00000000"
                                + "00020000"
                                + "00000200"
                                + "00000200"
                                + "0100"
                                + "0000");
        assertThat(UblkParameters.read(memory)).isEqualTo(parameters);
    }

    @Test
    void servesWhatEarlierVersionsMade() {
        UblkParameters ours = new UblkParameters(9, 12, 2048, 2048, 131072);
        assertThat(new UblkParameters(9, 9, 2048, 1024, 8192).servedBy(ours)).isTrue();
        assertThat(new UblkParameters(12, 12, 2048, 2048, 131072).servedBy(ours)).isFalse();
        assertThat(new UblkParameters(9, 12, 4096, 2048, 131072).servedBy(ours)).isFalse();
        assertThat(new UblkParameters(9, 12, 2048, 4096, 131072).servedBy(ours)).isFalse();
        assertThat(new UblkParameters(9, 12, 2048, 2048, 262144).servedBy(ours)).isFalse();
    }

    @Test
    void marksTheOwner() {
        long owner = UblkDevices.owner("a", "r");
        assertThat(owner).isEqualTo(UblkDevices.owner("a", "r"));
        assertThat(owner).isNotEqualTo(UblkDevices.owner("b", "r"));
        assertThat(owner).isNotEqualTo(UblkDevices.owner("a", "r1"));
        // The first 8 bytes of sha256("rhizome:a/r"): a later version must find it, too.
        assertThat(Long.toHexString(owner)).isEqualTo("68224b51ff60bb54");
    }

    @Test
    void listsDevices() throws IOException {
        for (String name : new String[] {"ublkc10", "ublkc2", "ublkb2", "ublkcx"}) {
            Files.createDirectory(sysfs.resolve(name));
        }
        assertThat(UblkDevices.all(sysfs)).containsExactly(2, 10);
        assertThat(UblkDevices.all(sysfs.resolve("nobody"))).isEmpty();
    }

    private static String hex(ByteBuffer memory) {
        byte[] bytes = new byte[memory.capacity()];
        memory.get(0, bytes);
        return HEX.formatHex(bytes);
    }

    private static ByteBuffer filled(int bytes) {
        byte[] garbage = new byte[bytes];
        Arrays.fill(garbage, (byte) 0x55);
        return ByteBuffer.wrap(garbage).order(ByteOrder.LITTLE_ENDIAN);
    }
}
