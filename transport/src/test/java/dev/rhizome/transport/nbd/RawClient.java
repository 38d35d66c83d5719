package dev.rhizome.transport.nbd;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Speaks NBD byte by byte. */
final class RawClient implements AutoCloseable {
    final SocketChannel channel;
    DataInputStream in;
    DataOutputStream out;

    RawClient(Path socket) throws IOException {
        this(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    RawClient(SocketChannel connected) {
        channel = connected;
        in = new DataInputStream(new BufferedInputStream(new Reader(channel)));
        out = new DataOutputStream(new Writer(channel));
    }

    /** Unlike the streams of java.nio's Channels, these two do not lock each other out. */
    private static final class Reader extends InputStream {
        private final SocketChannel channel;

        Reader(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return channel.read(ByteBuffer.wrap(target, offset, length));
        }
    }

    private static final class Writer extends OutputStream {
        private final SocketChannel channel;

        Writer(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int single) throws IOException {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(source, offset, length);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /** Takes the greeting and sets the flags. */
    RawClient greet(int flags) throws IOException {
        if (in.readLong() != Nbd.INIT_MAGIC
                || in.readLong() != Nbd.OPTION_MAGIC
                || in.readShort() != 3) {
            throw new AssertionError("not the greeting");
        }
        out.writeInt(flags);
        return this;
    }

    void option(int option, byte[] data) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(Nbd.OPTION_HEADER_BYTES + data.length);
        message.putLong(Nbd.OPTION_MAGIC).putInt(option).putInt(data.length).put(data);
        out.write(message.array());
    }

    record Reply(int option, int type, String data) {}

    Reply reply() throws IOException {
        if (in.readLong() != Nbd.OPTION_REPLY_MAGIC) {
            throw new AssertionError("not an option's reply");
        }
        int option = in.readInt();
        int type = in.readInt();
        byte[] data = new byte[in.readInt()];
        in.readFully(data);
        return new Reply(option, type, new String(data, StandardCharsets.ISO_8859_1));
    }

    static byte[] go(String name, int... infos) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = ByteBuffer.allocate(6 + encoded.length + 2 * infos.length);
        data.putInt(encoded.length).put(encoded).putShort((short) infos.length);
        for (int info : infos) {
            data.putShort((short) info);
        }
        return data.array();
    }

    static byte[] contexts(String name, String... queries) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        int size = 8 + encoded.length;
        for (String query : queries) {
            size += 4 + query.length();
        }
        ByteBuffer data = ByteBuffer.allocate(size);
        data.putInt(encoded.length).put(encoded).putInt(queries.length);
        for (String query : queries) {
            data.putInt(query.length()).put(query.getBytes(StandardCharsets.UTF_8));
        }
        return data.array();
    }

    /** Turns to TLS, once the server has agreed to it. */
    RawClient startTls(SSLContext context) throws IOException {
        option(Nbd.OPT_STARTTLS, new byte[0]);
        Reply reply = reply();
        if (reply.type() != Nbd.REP_ACK) {
            throw new AssertionError("no TLS: " + reply);
        }
        return encrypt(context, "TLSv1.3");
    }

    RawClient encrypt(SSLContext context, String protocol) throws IOException {
        SSLSocket socket =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(channel.socket(), "localhost", 0, true);
        socket.setEnabledProtocols(new String[] {protocol});
        socket.startHandshake();
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        out = new DataOutputStream(socket.getOutputStream());
        return this;
    }

    /** Sends an option and takes all replies: the types, and the last one's data. */
    List<Integer> types(int option, byte[] data) throws IOException {
        option(option, data);
        List<Integer> types = new ArrayList<>();
        Reply reply;
        do {
            reply = reply();
            types.add(reply.type());
        } while (reply.type() > 0 && reply.type() != Nbd.REP_ACK);
        return types;
    }

    /** Goes to transmission with base:allocation selected. */
    RawClient enterWithContext() throws IOException {
        greet(3);
        types(Nbd.OPT_STRUCTURED_REPLY, new byte[0]);
        types(Nbd.OPT_SET_META_CONTEXT, contexts("r0", Nbd.ALLOCATION));
        types(Nbd.OPT_GO, go("r0"));
        return this;
    }

    /** Goes to transmission. */
    RawClient enter(boolean structured) throws IOException {
        greet(3);
        if (structured) {
            option(Nbd.OPT_STRUCTURED_REPLY, new byte[0]);
            reply();
        }
        option(Nbd.OPT_GO, go(""));
        Reply reply = reply();
        while (reply.type() == Nbd.REP_INFO) {
            reply = reply();
        }
        if (reply.type() != Nbd.REP_ACK) {
            throw new AssertionError("not let in: " + reply);
        }
        return this;
    }

    void request(int command, int flags, long cookie, long offset, int length, byte[] data)
            throws IOException {
        ByteBuffer message = ByteBuffer.allocate(Nbd.REQUEST_BYTES + data.length);
        message.putInt(Nbd.REQUEST_MAGIC)
                .putShort((short) flags)
                .putShort((short) command)
                .putLong(cookie)
                .putLong(offset)
                .putInt(length)
                .put(data);
        out.write(message.array());
    }

    void request(int command, long cookie, long offset, int length) throws IOException {
        request(command, 0, cookie, offset, length, new byte[0]);
    }

    /** Takes a simple reply without data: its error. */
    int simple(long cookie) throws IOException {
        if (in.readInt() != Nbd.SIMPLE_REPLY_MAGIC) {
            throw new AssertionError("not a simple reply");
        }
        int error = in.readInt();
        if (in.readLong() != cookie) {
            throw new AssertionError("another request's reply");
        }
        return error;
    }

    record Chunk(int flags, int type, long cookie, ByteBuffer body) {
        boolean done() {
            return flags == Nbd.REPLY_FLAG_DONE;
        }
    }

    Chunk chunk() throws IOException {
        if (in.readInt() != Nbd.STRUCTURED_REPLY_MAGIC) {
            throw new AssertionError("not a structured reply");
        }
        int flags = in.readUnsignedShort();
        int type = in.readUnsignedShort();
        long cookie = in.readLong();
        byte[] body = new byte[in.readInt()];
        in.readFully(body);
        return new Chunk(flags, type, cookie, ByteBuffer.wrap(body));
    }

    /** The error of a chunk that must be one. */
    int error(long cookie) throws IOException {
        Chunk chunk = chunk();
        if (chunk.type() != Nbd.REPLY_ERROR || !chunk.done() || chunk.cookie() != cookie) {
            throw new AssertionError("not the end by an error: " + chunk);
        }
        int error = chunk.body().getInt();
        if (chunk.body().getShort() != chunk.body().remaining()) {
            throw new AssertionError("the text's length");
        }
        return error;
    }

    boolean atEnd() throws IOException {
        try {
            in.readByte();
            return false;
        } catch (EOFException e) {
            return true;
        } catch (IOException e) {
            // A reset is an end as well.
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
