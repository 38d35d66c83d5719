package dev.rhizome.device;

/** Others use a block device; the message names them, "mounted on /srv". */
public final class DeviceInUseException extends DeviceException {
    private static final long serialVersionUID = 1L;

    DeviceInUseException(String users) {
        super(users);
    }
}
