package dev.rhizome.device.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Byte for byte what the kernel's headers say, on a little-endian machine. */
class NetlinkMessageTest {

    private static final HexFormat HEX = HexFormat.of();

    @BeforeEach
    void onlyHere() {
        Assumptions.assumeTrue(
                ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "a big-endian machine");
    }

    @Test
    void asksForAFamily() {
        NetlinkMessage message = new NetlinkMessage(0x10, 3, 2, 7).text(2, "nbd");

        assertThat(hex(message))
                .isEqualTo(
                        // length 28, controller, request and acknowledge, sequence 7, port 0
                        "1c000000"
                                + "1000"
                                + "0500"
                                + "07000000"
                                + "00000000"
                                // get family, version 2, zero; the name, 4 and 4 bytes
                                + "03"
                                + "02"
                                + "0000"
                                + "0800"
                                + "0200"
                                + "6e626400");
    }

    @Test
    void padsWhatIsNotAMultipleOfFour() {
        NetlinkMessage message = new NetlinkMessage(0x10, 3, 2, 7).text(2, "nlctrl").number(1, -1);

        assertThat(hex(message).substring(40))
                .isEqualTo(
                        "0b00" + "0200" + "6e6c6374726c00" + "00" + "0800" + "0100" + "ffffffff");
    }

    @Test
    void connectsADevice() {
        NbdControl.Export export =
                new NbdControl.Export(0x1_0000_0000L, 4096, 0x2d, 600, "rhizome:a/r");
        NetlinkMessage message =
                NbdControl.connectMessage(
                        new NetlinkMessage(0x1b, NbdControl.CONNECT, NbdControl.VERSION, 1),
                        export,
                        9);

        assertThat(hex(message))
                .isEqualTo(
                        "70000000"
                                + "1b00"
                                + "0500"
                                + "01000000"
                                + "00000000"
                                + "01"
                                + "01"
                                + "0000"
                                // size, block, no time-out of requests, flags
                                + "0c00"
                                + "0200"
                                + "0000000001000000"
                                + "0c00"
                                + "0300"
                                + "0010000000000000"
                                + "0c00"
                                + "0400"
                                + "0000000000000000"
                                + "0c00"
                                + "0500"
                                + "2d00000000000000"
                                // without a connection: 600 s; the backend
                                + "0c00"
                                + "0800"
                                + "5802000000000000"
                                + "1000"
                                + "0a00"
                                + "7268697a6f6d653a612f7200"
                                // sockets, of one item, of one descriptor
                                + "1000"
                                + "0700"
                                + "0c00"
                                + "0100"
                                + "0800"
                                + "0100"
                                + "09000000");
    }

    @Test
    void readsAReplyAndItsAcknowledgement() {
        NetlinkAnswer answer = new NetlinkAnswer(5);
        answer.take(
                datagram(
                        // another request's error, which is not this one's
                        "24000000"
                                + "0200"
                                + "0000"
                                + "04000000"
                                + "00000000"
                                + "ffffffff"
                                + "00000000000000000000000000000000"
                                // the reply: index 3
                                + "1c000000"
                                + "1b00"
                                + "0000"
                                + "05000000"
                                + "00000000"
                                + "01"
                                + "01"
                                + "0000"
                                + "0800"
                                + "0100"
                                + "03000000"));
        assertThat(answer.ended()).isFalse();

        answer.take(
                datagram(
                        "24000000"
                                + "0200"
                                + "0000"
                                + "05000000"
                                + "00000000"
                                + "00000000"
                                + "00000000000000000000000000000000"));
        assertThat(answer.ended()).isTrue();
        assertThat(answer.errno()).isZero();
        assertThat(answer.number(1)).isEqualTo(3);
        assertThat(answer.number(2)).isEqualTo(-1);
    }

    @Test
    void readsARefusal() {
        NetlinkAnswer answer = new NetlinkAnswer(5);
        answer.take(
                datagram(
                        "24000000"
                                + "0200"
                                + "0000"
                                + "05000000"
                                + "00000000"
                                + "eaffffff"
                                + "00000000000000000000000000000000"));
        assertThat(answer.ended()).isTrue();
        assertThat(answer.errno()).isEqualTo(22);
    }

    @Test
    void readsNothingBeyondWhatCame() {
        NetlinkAnswer answer = new NetlinkAnswer(5);
        // a message that says it is longer, one that is shorter than its header, and a stump
        answer.take(datagram("25000000" + "0200" + "0000" + "05000000" + "00000000" + "00000000"));
        answer.take(datagram("08000000" + "0200" + "0000" + "05000000" + "00000000" + "00000000"));
        answer.take(datagram("1400"));
        assertThat(answer.ended()).isFalse();

        // an attribute that says it is longer than the message
        answer.take(
                datagram(
                        "1c000000"
                                + "1b00"
                                + "0000"
                                + "05000000"
                                + "00000000"
                                + "01"
                                + "01"
                                + "0000"
                                + "0900"
                                + "0100"
                                + "03000000"));
        assertThat(answer.number(1)).isEqualTo(-1);
    }

    private static ByteBuffer datagram(String hex) {
        return ByteBuffer.wrap(HEX.parseHex(hex)).order(ByteOrder.nativeOrder());
    }

    private static String hex(NetlinkMessage message) {
        ByteBuffer bytes = message.bytes();
        byte[] written = new byte[bytes.position()];
        bytes.get(0, written);
        return HEX.formatHex(written);
    }
}
