package dev.rhizome.replicator;

import dev.rhizome.device.DeviceLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A device's descriptors in the resource's event loop. */
final class DevicePolling implements DeviceLoop {
    private static final EpollIoOps READABLE = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET);

    private final IoEventLoop loop;
    private final Shell shell;
    private final Consumer<String> whenFailed;
    private final List<IoRegistration> registrations = new ArrayList<>();
    private boolean ended;

    DevicePolling(IoEventLoop loop, Shell shell, Consumer<String> whenFailed) {
        this.loop = loop;
        this.shell = shell;
        this.whenFailed = whenFailed;
    }

    @Override
    public void poll(int descriptor, Runnable whenReadable) {
        RingHandle handle = new RingHandle(descriptor, () -> run(whenReadable));
        Future<IoRegistration> registered = loop.register(handle);
        registered.addListener(
                done -> {
                    if (!registered.isSuccess()) {
                        whenFailed.accept("it cannot be polled: " + registered.cause());
                    } else if (ended) {
                        registered.getNow().cancel();
                    } else {
                        registrations.add(registered.getNow());
                        var unused = registered.getNow().submit(READABLE);
                    }
                });
    }

    /** A batch: what the kernel asked for, then what follows from it. */
    private void run(Runnable task) {
        if (!ended) {
            shell.guarded(task);
            shell.endBatch();
        }
    }

    @Override
    public void unpoll() {
        ended = true;
        registrations.forEach(IoRegistration::cancel);
        registrations.clear();
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(() -> run(task));
    }

    @Override
    public void failed(String reason) {
        whenFailed.accept(reason);
    }
}
