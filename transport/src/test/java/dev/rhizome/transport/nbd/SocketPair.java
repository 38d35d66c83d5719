package dev.rhizome.transport.nbd;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two connected unix stream sockets, as of socketpair(2).
 *
 * @param descriptor one end, non-blocking, which is whoever's it is given to
 * @param channel the other
 */
record SocketPair(int descriptor, SocketChannel channel) {

    static SocketPair make(Path directory) throws Exception {
        Path path = directory.resolve("pair.sock");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(path));
            Socket one = Socket.newSocketDomain();
            if (!one.connect(new DomainSocketAddress(path.toFile()))) {
                throw new AssertionError("a unix socket connects at once");
            }
            return new SocketPair(one.intValue(), listener.accept());
        } finally {
            Files.deleteIfExists(path);
        }
    }
}
