package dev.rhizome.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("try") // A listener that only listens.
class NotifySocketTest {
    private static final Binding BINDING = LibraryLoader.create(Binding.class).load("c");

    /** What only a listener needs. */
    public interface Binding {
        int bind(int fd, long address, int length);
    }

    private static final class Listener implements AutoCloseable {
        private final int descriptor = LibC.CALLS.socket(1, 2 | 0x80000, 0);

        Listener(byte[] path) {
            ByteBuffer address =
                    ByteBuffer.allocateDirect(110)
                            .order(ByteOrder.nativeOrder())
                            .putShort((short) 1)
                            .put(path);
            assertThat(BINDING.bind(descriptor, addressOf(address), 2 + path.length)).isZero();
        }

        String next() {
            ByteBuffer bytes = ByteBuffer.allocateDirect(4096);
            int count = HotCalls.read(descriptor, addressOf(bytes), bytes.capacity());
            assertThat(count).isPositive();
            return StandardCharsets.UTF_8.decode(bytes.limit(count)).toString();
        }

        @Override
        public void close() {
            LibC.CALLS.close(descriptor);
        }
    }

    private static long addressOf(ByteBuffer direct) {
        return MemoryIO.getInstance().getDirectBufferAddress(direct);
    }

    @Test
    void whatIsSentArrivesWhole(@TempDir Path directory) throws IOException {
        String path = directory.resolve("notify").toString();
        try (Listener listener = new Listener(path.getBytes(StandardCharsets.UTF_8));
                NotifySocket socket = NotifySocket.connect(path)) {
            socket.send("READY=1\nSTATUS=größer");
            socket.send("WATCHDOG=1");

            assertThat(listener.next()).isEqualTo("READY=1\nSTATUS=größer");
            assertThat(listener.next()).isEqualTo("WATCHDOG=1");
        }
    }

    @Test
    void theNameMayBeAbstract() throws IOException {
        String name = "rhizome-test-" + ProcessHandle.current().pid();
        byte[] bytes = ("\0" + name).getBytes(StandardCharsets.UTF_8);
        try (Listener listener = new Listener(bytes);
                NotifySocket socket = NotifySocket.connect("@" + name)) {
            socket.send("READY=1");

            assertThat(listener.next()).isEqualTo("READY=1");
        }
    }

    @Test
    void aListenerThatDoesNotReadIsNotWaitedFor(@TempDir Path directory) throws IOException {
        String path = directory.resolve("notify").toString();
        try (Listener unused = new Listener(path.getBytes(StandardCharsets.UTF_8));
                NotifySocket socket = NotifySocket.connect(path)) {
            assertThatThrownBy(
                            () -> {
                                for (int times = 0; times < 1_000_000; times++) {
                                    socket.send("WATCHDOG=1");
                                }
                            })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void nobodyAndNoNameAreSaid(@TempDir Path directory) {
        String nobody = directory.resolve("nobody").toString();
        assertThatThrownBy(() -> NotifySocket.connect(nobody))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nobody: No such file");
        assertThatThrownBy(() -> NotifySocket.connect("vsock:2:1"))
                .hasMessageContaining("is not the name of a unix socket");
        assertThatThrownBy(() -> NotifySocket.connect("/" + "n".repeat(108)))
                .hasMessageContaining("is not the name of a unix socket");
    }
}
