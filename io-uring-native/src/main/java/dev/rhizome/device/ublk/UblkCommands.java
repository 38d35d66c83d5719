package dev.rhizome.device.ublk;

/**
 * The numbers of ublk's commands. Linux up to 6.3 takes them as they are; since 6.4 they may, and
 * on some kernels must, be encoded like the number of an ioctl.
 */
final class UblkCommands {

    static final int GET_DEVICE_INFO = 0x02;
    static final int ADD_DEVICE = 0x04;
    static final int DELETE_DEVICE = 0x05;
    static final int START_DEVICE = 0x06;
    static final int STOP_DEVICE = 0x07;
    static final int SET_PARAMETERS = 0x08;
    static final int GET_PARAMETERS = 0x09;
    static final int START_RECOVERY = 0x10;
    static final int END_RECOVERY = 0x11;
    static final int GET_FEATURES = 0x13;

    static final int FETCH = 0x20;
    static final int COMMIT_AND_FETCH = 0x21;
    static final int GET_DATA = 0x22;

    private static final int READS = 2;
    private static final int READS_AND_WRITES = 3;
    private static final int CONTROL_COMMAND_BYTES = 32;
    private static final int IO_COMMAND_BYTES = 16;

    private UblkCommands() {}

    /** The number in the way of an ioctl: direction, size of the argument, 'u', number. */
    static int encoded(int number) {
        int sizeBytes = number < FETCH ? CONTROL_COMMAND_BYTES : IO_COMMAND_BYTES;
        return direction(number) << 30 | sizeBytes << 16 | 'u' << 8 | number;
    }

    private static int direction(int number) {
        return switch (number) {
            case GET_DEVICE_INFO, GET_PARAMETERS, GET_FEATURES -> READS;
            default -> READS_AND_WRITES;
        };
    }
}
