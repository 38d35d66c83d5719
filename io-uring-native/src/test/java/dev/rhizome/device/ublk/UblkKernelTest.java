package dev.rhizome.device.ublk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.device.DeviceException;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.HeapVolume;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What a kernel without the driver says. */
class UblkKernelTest {

    @Test
    void saysWhyThereIsNone() throws DeviceException {
        String why = UblkFrontEnd.unavailable();
        Assumptions.assumeFalse(why.isEmpty(), "this kernel has ublk");
        assertThat(why).isNotBlank().doesNotContain("\n");

        HeapVolume volume = new HeapVolume(1 << 20, 4096);
        UblkFrontEnd frontEnd =
                new UblkFrontEnd(new DeviceVolume("r", "a", volume, volume, 4096, 16));
        assertThatThrownBy(() -> frontEnd.prepare(true))
                .isInstanceOf(DeviceException.class)
                .hasMessage(why);
        // Taking back what was not done is no error.
        frontEnd.submit();
        frontEnd.withdraw();
        frontEnd.close();
    }
}
