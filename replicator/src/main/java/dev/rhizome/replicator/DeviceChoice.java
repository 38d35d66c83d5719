package dev.rhizome.replicator;

import dev.rhizome.device.DeviceFrontEnd;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.fuse.FuseFrontEnd;
import dev.rhizome.device.nbd.NbdFrontEnd;
import dev.rhizome.device.nbd.NbdSockets;
import dev.rhizome.device.ublk.UblkFrontEnd;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * A way to have a device on this machine.
 *
 * @param kind its name
 * @param unavailable why this machine does not have it; empty if it does. May take a while
 * @param make makes one, for one stay as Primary
 */
record DeviceChoice(
        AttachMode kind,
        Supplier<String> unavailable,
        BiFunction<DeviceVolume, NbdSockets, DeviceFrontEnd> make) {

    /** Best first. */
    static final List<DeviceChoice> ALL =
            List.of(
                    new DeviceChoice(
                            AttachMode.UBLK,
                            UblkFrontEnd::unavailable,
                            (volume, sockets) -> new UblkFrontEnd(volume)),
                    new DeviceChoice(AttachMode.NBD, NbdFrontEnd::unavailable, NbdFrontEnd::new),
                    new DeviceChoice(
                            AttachMode.FUSE,
                            FuseFrontEnd::unavailable,
                            (volume, sockets) -> new FuseFrontEnd(volume)));

    /** What may be tried, in order. */
    static List<DeviceChoice> of(AttachMode mode) {
        return mode == AttachMode.AUTO
                ? ALL
                : ALL.stream().filter(choice -> choice.kind == mode).toList();
    }
}
