package dev.rhizome.endtoend;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A process that a test has started, and what it has said. It is ended by its own id only. */
final class Child implements AutoCloseable {
    /** What no test closed, for instance because the run was interrupted. */
    private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> ALIVE.forEach(Process::destroyForcibly), "children"));
    }

    private final Process process;
    private final String title;
    private final List<String> lines = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Thread reader;
    private boolean outputEnded;

    private Child(Process process, String title) {
        this.process = process;
        this.title = title;
        reader = new Thread(this::read, "output of " + title);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a process; its standard error goes with its output.
     *
     * @param directory where it runs
     * @param variables set beside the inherited ones
     * @param command the program and its arguments
     */
    static Child start(Path directory, Map<String, String> variables, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        // The system's own tools, whatever else stands on the path first.
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().putAll(variables);
        try {
            Process process = builder.start();
            ALIVE.add(process);
            return new Child(process, Path.of(command.get(0)).getFileName().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                note(line);
            }
        } catch (IOException closed) {
            note("(output ended: " + closed.getMessage() + ")");
        } finally {
            lock.lock();
            try {
                outputEnded = true;
                news.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void note(String line) {
        lock.lock();
        try {
            lines.add(line);
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What it has said so far. */
    List<String> lines() {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    String output() {
        return String.join("\n", lines());
    }

    /** Waits until it says a line with this part in it; fails when it ends or falls silent. */
    String awaitLine(String part) {
        return awaitLine(part, 0);
    }

    /** As {@link #awaitLine(String)}, but looks only at lines from a number on. */
    String awaitLine(String part, int firstLine) {
        return awaitLine(part, firstLine, Waiting.LIMIT);
    }

    /** As {@link #awaitLine(String, int)}, for what takes its time. */
    String awaitLine(String part, int firstLine, Duration limit) {
        long endNs = System.nanoTime() + limit.toNanos();
        int seen = firstLine;
        lock.lock();
        try {
            while (true) {
                for (; seen < lines.size(); seen++) {
                    if (lines.get(seen).contains(part)) {
                        return lines.get(seen);
                    }
                }
                long leftNs = endNs - System.nanoTime();
                if (outputEnded || leftNs <= 0) {
                    throw new AssertionError(
                            title + " did not say \"" + part + "\" but:\n" + output());
                }
                var unused = news.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            throw Waiting.interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for more than so many lines, but not long: the caller looks at its state again. */
    void awaitMoreThan(int lineCount, Duration limit) {
        long endNs = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            for (long leftNs = limit.toNanos(); lines.size() <= lineCount && leftNs > 0; ) {
                var unused = news.awaitNanos(leftNs);
                leftNs = endNs - System.nanoTime();
            }
        } catch (InterruptedException e) {
            throw Waiting.interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    /** Says a line to its standard input. */
    void say(String line) {
        try {
            BufferedWriter out = process.outputWriter(StandardCharsets.UTF_8);
            out.write(line + "\n");
            out.flush();
        } catch (IOException e) {
            throw new AssertionError(title + " does not listen any more:\n" + output(), e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Sends a signal by name. */
    void signal(String name) {
        Tool.run("kill", "-" + name, Long.toString(pid())).orFail();
    }

    /** Waits for its end and the end of its output; kills and fails if that takes too long. */
    int awaitExit(Duration limit) {
        try {
            if (process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                reader.join(Waiting.LIMIT.toMillis());
                ALIVE.remove(process);
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            throw Waiting.interrupted(e);
        }
        close();
        throw new AssertionError(title + " did not end within " + limit + ":\n" + output());
    }

    /** SIGKILL, and waits for the end. */
    void kill() {
        process.toHandle().destroyForcibly();
        awaitExit(Waiting.LIMIT);
    }

    /** SIGTERM, and waits for the end. */
    int terminate() {
        process.toHandle().destroy();
        return awaitExit(Waiting.LIMIT);
    }

    /** Ends it if it still runs. */
    @Override
    public void close() {
        process.toHandle().destroyForcibly();
        try {
            if (process.waitFor(Waiting.LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
                ALIVE.remove(process);
            }
        } catch (InterruptedException e) {
            throw Waiting.interrupted(e);
        }
    }
}
