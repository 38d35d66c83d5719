package dev.rhizome.replicator;

import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A device or file, by descriptors of its own: what is written here outlives no other's close. For
 * a thread that may wait.
 */
final class OpenBytes implements RawBytes, AutoCloseable {
    private static final long ZERO_BYTES = 1L << 30;
    private static final int CHUNK_BYTES = 1 << 20;

    private final FileChannel channel;
    private final int fd;
    private final Path path;

    private OpenBytes(FileChannel channel, int fd, Path path) {
        this.channel = channel;
        this.fd = fd;
        this.path = path;
    }

    static OpenBytes open(Path path) throws IOException {
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        int fd = LibC.CALLS.open(path.toString(), LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            int errno = LibC.errno();
            channel.close();
            throw new IOException(path + ": cannot be opened: " + Errno.text(errno));
        }
        return new OpenBytes(channel, fd, path);
    }

    @Override
    public long sizeBytes() throws IOException {
        return channel.size();
    }

    @Override
    public void read(long offsetBytes, ByteBuffer target) throws IOException {
        long at = offsetBytes;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                return;
            }
            at += read;
        }
    }

    @Override
    public void write(long offsetBytes, ByteBuffer bytes) throws IOException {
        long at = offsetBytes;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    @Override
    public void zero(long offsetBytes, long lengthBytes) throws IOException {
        for (long done = 0; done < lengthBytes; done += ZERO_BYTES) {
            zeroPart(offsetBytes + done, Math.min(ZERO_BYTES, lengthBytes - done));
        }
    }

    private void zeroPart(long offsetBytes, long lengthBytes) throws IOException {
        for (int mode : new int[] {LibC.FALLOC_FL_PUNCH_HOLE, LibC.FALLOC_FL_ZERO_RANGE}) {
            int result =
                    LibC.CALLS.fallocate(
                            fd, mode | LibC.FALLOC_FL_KEEP_SIZE, offsetBytes, lengthBytes);
            if (result == 0) {
                return;
            }
            int errno = LibC.errno();
            if (errno != Errno.EOPNOTSUPP && errno != Errno.ENOSYS && errno != Errno.EINVAL) {
                throw new IOException(path + ": cannot be zeroed: " + Errno.text(errno));
            }
        }
        ByteBuffer zeroes = ByteBuffer.allocate(CHUNK_BYTES);
        for (long done = 0; done < lengthBytes; done += CHUNK_BYTES) {
            zeroes.clear().limit((int) Math.min(CHUNK_BYTES, lengthBytes - done));
            write(offsetBytes + done, zeroes);
        }
    }

    @Override
    public void sync() throws IOException {
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        LibC.CALLS.close(fd);
        channel.close();
    }
}
