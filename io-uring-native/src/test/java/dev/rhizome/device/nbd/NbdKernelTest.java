package dev.rhizome.device.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.LibC;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The calls that any kernel takes, and what one without the client says. */
class NbdKernelTest {

    private static final int CONTROLLER = 0x10;
    private static final int F_DUPFD = 0;

    @Test
    void asksTheKernelForItsFamilies() throws DeviceException {
        try (GenericNetlink netlink = GenericNetlink.open()) {
            assertThat(netlink.family("nlctrl")).isEqualTo(CONTROLLER);
            assertThat(netlink.family("nobody")).isEqualTo(-1);
            assertThat(netlink.family("nlctrl")).isEqualTo(CONTROLLER);
        }
    }

    @Test
    void isToldOfARefusal() throws DeviceException {
        try (GenericNetlink netlink = GenericNetlink.open()) {
            int unknownCommand = 200;
            NetlinkAnswer answer = netlink.ask(netlink.message(CONTROLLER, unknownCommand, 2));
            assertThat(answer.errno()).isPositive();
        }
    }

    @Test
    void seesWhetherASocketWasTaken() throws Exception {
        try (SocketPair pair = SocketPair.open()) {
            assertThat(pair.clientTaken()).isFalse();
        }
        try (SocketPair pair = SocketPair.open()) {
            // Another reference, as the kernel would have it.
            int copy = dup(pair.client());
            assertThat(pair.clientTaken()).isTrue();
            SocketCalls.CALLS.close(copy);
        }
    }

    private static int dup(int descriptor) {
        return LibC.CALLS.fcntl(descriptor, F_DUPFD, 0);
    }

    @Test
    void saysWhyThereIsNone() throws DeviceException {
        Assumptions.assumeFalse(Files.exists(Path.of("/sys/module/nbd")), "this kernel has nbd");
        String why = NbdFrontEnd.unavailable();
        Assumptions.assumeFalse(why.isEmpty(), "this kernel has nbd");

        assertThat(why).startsWith("this kernel has none: ").doesNotContain("\n");
        assertThatThrownBy(NbdControl::open)
                .isInstanceOf(DeviceException.class)
                .hasMessage("this kernel has no nbd module loaded");
    }
}
