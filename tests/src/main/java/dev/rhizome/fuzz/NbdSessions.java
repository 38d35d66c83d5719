package dev.rhizome.fuzz;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * What clients of the NBD server say that behave: all that one sends after the server's greeting,
 * behind one byte that says how it comes ({@link NbdServerTarget}).
 */
final class NbdSessions {
    private static final int MAX_BYTES = 16 * 1024;
    private static final int FIXED = 1;
    private static final int NO_ZEROES = 2;
    private static final int EXPORT_NAME = 1;
    private static final int ABORT = 2;
    private static final int LIST = 3;
    private static final int STARTTLS = 5;
    private static final int INFO = 6;
    private static final int GO = 7;
    private static final int STRUCTURED_REPLY = 8;
    private static final int LIST_CONTEXTS = 9;
    private static final int SET_CONTEXTS = 10;
    private static final int DISC = 2;

    private final ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES);

    private NbdSessions(int way) {
        bytes.put((byte) way);
    }

    static List<byte[]> all(SSLContext context) throws SSLException {
        List<byte[]> all = new ArrayList<>();
        for (int way : new int[] {0, NbdServerTarget.LATE}) {
            all.add(handshake(way));
            all.add(new NbdSessions(way).flags(FIXED | NO_ZEROES).structured().requests(true));
            all.add(new NbdSessions(way).flags(FIXED).go(INFO).go(GO).requests(false));
            all.add(
                    new NbdSessions(way)
                            .flags(0)
                            .option(EXPORT_NAME, "r0".getBytes(StandardCharsets.US_ASCII))
                            .requests(false));
        }
        all.add(
                new NbdSessions(NbdServerTarget.TCP)
                        .flags(FIXED)
                        .option(LIST)
                        .option(ABORT)
                        .array());
        all.add(new NbdSessions(NbdServerTarget.TCP).flags(FIXED).option(STARTTLS).array());
        all.add(hello(context));
        return all;
    }

    private static byte[] handshake(int way) {
        return new NbdSessions(way)
                .flags(FIXED | NO_ZEROES)
                .option(LIST)
                .option(STARTTLS)
                .option(STRUCTURED_REPLY)
                .option(LIST_CONTEXTS, contexts("base:"))
                .option(SET_CONTEXTS, contexts("base:allocation", "x:y"))
                .go(INFO)
                .option(ABORT)
                .array();
    }

    /** The first record of a TLS client, for a connection that has turned to TLS. */
    private static byte[] hello(SSLContext context) throws SSLException {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(new String[] {"TLSv1.3"});
        NbdSessions session = new NbdSessions(NbdServerTarget.WITHIN_TLS);
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        session.bytes.put(record.flip());
        return session.array();
    }

    private byte[] array() {
        byte[] array = new byte[bytes.position()];
        bytes.flip().get(array);
        return array;
    }

    private NbdSessions flags(int flags) {
        bytes.putInt(flags);
        return this;
    }

    private NbdSessions option(int option, byte... data) {
        bytes.putLong(0x49484156454F5054L).putInt(option).putInt(data.length).put(data);
        return this;
    }

    private NbdSessions go(int option) {
        // All kinds of information.
        return option(option, 0, 0, 0, 2, 'r', '0', 0, 4, 0, 0, 0, 1, 0, 2, 0, 3);
    }

    private NbdSessions option(int option, int... data) {
        byte[] narrow = new byte[data.length];
        for (int at = 0; at < data.length; at++) {
            narrow[at] = (byte) data[at];
        }
        return option(option, narrow);
    }

    private NbdSessions structured() {
        return option(STRUCTURED_REPLY).option(SET_CONTEXTS, contexts("base:allocation")).go(GO);
    }

    private static byte[] contexts(String... queries) {
        ByteBuffer data = ByteBuffer.allocate(100);
        data.putInt(2).put((byte) 'r').put((byte) '0').putInt(queries.length);
        for (String query : queries) {
            data.putInt(query.length()).put(query.getBytes(StandardCharsets.US_ASCII));
        }
        byte[] array = new byte[data.position()];
        data.flip().get(array);
        return array;
    }

    /** One of each command, and two more reads, one of which fails. */
    private byte[] requests(boolean structured) {
        request(0, 0, 0, 4096);
        request(1, 1, 512, 1024);
        bytes.put(new byte[1024]);
        request(3, 0, 0, 0);
        request(4, 0, 4096, 8192);
        request(5, 0, 0, 512);
        request(6, 3, 512, 512);
        request(7, 8, 0, 65_536);
        request(0, structured ? 4 : 0, 0, 32 * 1024);
        request(0, 0, 1024, 512);
        request(DISC, 0, 0, 0);
        return array();
    }

    private void request(int command, int flags, long offset, int length) {
        bytes.putInt(0x25609513)
                .putShort((short) flags)
                .putShort((short) command)
                .putLong(0x0123456789ABCDEFL + bytes.position())
                .putLong(offset)
                .putInt(length);
    }
}
