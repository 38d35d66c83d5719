package dev.rhizome.replicator;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.unix.FileDescriptor;

/** The disk queue's descriptor in the event loop: completions arrive on the loop's own thread. */
final class RingHandle implements EpollIoHandle {
    private final FileDescriptor descriptor;
    private final Runnable whenReadable;

    RingHandle(int descriptor, Runnable whenReadable) {
        this.descriptor = new FileDescriptor(descriptor);
        this.whenReadable = whenReadable;
    }

    @Override
    public FileDescriptor fd() {
        return descriptor;
    }

    @Override
    public void handle(IoRegistration registration, IoEvent ioEvent) {
        whenReadable.run();
    }

    /** The descriptor is the disk queue's, which closes it. */
    @Override
    public void close() {}
}
