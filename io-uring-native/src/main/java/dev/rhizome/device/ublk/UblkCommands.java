package dev.rhizome.device.ublk;

/**
 * The numbers of ublk's commands, encoded like those of ioctls: direction, size of the argument,
 * 'u', number. (The plain numbers that the first versions of the driver had are not needed.)
 */
final class UblkCommands {

    static final int GET_DEVICE_INFO = reads(0x02);
    static final int ADD_DEVICE = changes(0x04);
    static final int START_DEVICE = changes(0x06);
    static final int STOP_DEVICE = changes(0x07);
    static final int SET_PARAMETERS = changes(0x08);
    static final int GET_PARAMETERS = reads(0x09);
    static final int START_RECOVERY = changes(0x10);
    static final int END_RECOVERY = changes(0x11);
    static final int UPDATE_SIZE = changes(0x15);
    static final int DELETE_DEVICE_SOON = reads(0x14);

    static final int FETCH = request(0x20);
    static final int COMMIT_AND_FETCH = request(0x21);
    static final int GET_DATA = request(0x22);

    private static final int READS = 2;
    private static final int READS_AND_WRITES = 3;
    private static final int CONTROL_COMMAND_BYTES = 32;
    private static final int REQUEST_COMMAND_BYTES = 16;

    private UblkCommands() {}

    private static int reads(int number) {
        return encoded(READS, CONTROL_COMMAND_BYTES, number);
    }

    private static int changes(int number) {
        return encoded(READS_AND_WRITES, CONTROL_COMMAND_BYTES, number);
    }

    private static int request(int number) {
        return encoded(READS_AND_WRITES, REQUEST_COMMAND_BYTES, number);
    }

    private static int encoded(int direction, int sizeBytes, int number) {
        return direction << 30 | sizeBytes << 16 | 'u' << 8 | number;
    }
}
