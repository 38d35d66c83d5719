package dev.rhizome.daemon.service;

import dev.rhizome.linux.NotifySocket;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager how the service is: sd_notify(3). Without one that wants to know, all
 * of this does nothing. Any thread may call; nothing here waits.
 */
public final class ServiceManager implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
    private static final int MAX_STATUS_CHARACTERS = 500;

    private final long watchdogUs;
    private @Nullable Line line;
    private boolean failing;

    /** Where messages go. */
    interface Line extends AutoCloseable {
        void send(String text) throws IOException;

        @Override
        void close();
    }

    ServiceManager(@Nullable Line line, long watchdogUs) {
        this.line = line;
        this.watchdogUs = watchdogUs;
    }

    /**
     * The service manager that the environment names: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.
     *
     * @param environment this process's
     */
    public static ServiceManager of(Map<String, String> environment) {
        String name = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (name.isEmpty()) {
            return new ServiceManager(null, 0);
        }
        try {
            return new ServiceManager(lineTo(name), watchdogUs(environment));
        } catch (IOException e) {
            LOG.warn("the service manager cannot be told anything: {}", e.getMessage());
            return new ServiceManager(null, 0);
        }
    }

    private static Line lineTo(String name) throws IOException {
        NotifySocket socket = NotifySocket.connect(name);
        return new Line() {
            @Override
            public void send(String text) throws IOException {
                socket.send(text);
            }

            @Override
            public void close() {
                socket.close();
            }
        };
    }

    /** 0 if there is no watchdog, or it is not for this process. */
    private static long watchdogUs(Map<String, String> environment) {
        String process = environment.getOrDefault("WATCHDOG_PID", "");
        String text = environment.getOrDefault("WATCHDOG_USEC", "");
        String own = Long.toString(ProcessHandle.current().pid());
        if (text.isEmpty() || (!process.isEmpty() && !process.equals(own))) {
            return 0;
        }
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            LOG.warn("WATCHDOG_USEC is not a number: '{}'; there is no watchdog", text);
            return 0;
        }
    }

    /** Whether somebody listens. */
    synchronized boolean listens() {
        return line != null;
    }

    /** How often it wants to hear that the service lives, in microseconds; if at all. */
    Optional<Long> watchdogUs() {
        return watchdogUs > 0 ? Optional.of(watchdogUs) : Optional.empty();
    }

    /**
     * The service serves.
     *
     * @param status one line for a person
     */
    public void ready(String status) {
        send("READY=1\nSTATUS=" + oneLine(status));
    }

    /**
     * How it is.
     *
     * @return whether it was told
     */
    boolean status(String status) {
        return send("STATUS=" + oneLine(status));
    }

    /** It lives. */
    void alive() {
        send("WATCHDOG=1");
    }

    /** It ends. */
    public void stopping() {
        send("STOPPING=1\nSTATUS=stopping");
    }

    private static String oneLine(String text) {
        String flat = text.replaceAll("\\p{Cntrl}", " ");
        return flat.length() <= MAX_STATUS_CHARACTERS
                ? flat
                : flat.substring(0, MAX_STATUS_CHARACTERS) + "...";
    }

    private synchronized boolean send(String text) {
        Line open = line;
        if (open == null) {
            return true;
        }
        try {
            open.send(text);
            failing = false;
            return true;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("the service manager was not told: {}", e.getMessage());
            }
            failing = true;
            return false;
        }
    }

    @Override
    public synchronized void close() {
        if (line != null) {
            line.close();
            line = null;
        }
    }
}
