package dev.rhizome.replicator;

import dev.rhizome.device.DeviceFrontEnd;
import dev.rhizome.device.DeviceVolume;
import dev.rhizome.device.fuse.FuseFrontEnd;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A way to have a device on this machine.
 *
 * @param kind its name
 * @param unavailable why this machine does not have it; empty if it does
 * @param make makes one, for one stay as Primary
 */
record DeviceChoice(
        AttachMode kind,
        Supplier<String> unavailable,
        Function<DeviceVolume, DeviceFrontEnd> make) {

    /** Best first. */
    private static final List<DeviceChoice> ALL =
            List.of(
                    new DeviceChoice(
                            AttachMode.FUSE, FuseFrontEnd::unavailable, FuseFrontEnd::new));

    /** What may be tried, in order. */
    static List<DeviceChoice> of(AttachMode mode) {
        return mode == AttachMode.AUTO
                ? ALL
                : ALL.stream().filter(choice -> choice.kind == mode).toList();
    }
}
