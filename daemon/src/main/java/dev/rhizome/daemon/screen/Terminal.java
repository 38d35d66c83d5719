package dev.rhizome.daemon.screen;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The terminal while it shows a screen that is drawn again and again: its other screen (so that
 * what was there before comes back), without a cursor, and keys that are read as they are pressed.
 * Sizes and modes are asked of {@code stty}, as a terminal library would without native code.
 */
public final class Terminal implements AutoCloseable {
    private static final File TTY = new File("/dev/tty");
    private static final Path OUTPUT = Path.of("/proc/self/fd/1");
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]*) ([1-9][0-9]*)");
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_REST = "\u001b[J";
    private static final int STTY_SECONDS = 5;
    private static final int WAIT_TENTHS = 10;

    private final PrintWriter out;
    private final String modes;
    private final Thread atExit = new Thread(this::leave, "terminal");
    private final FileInputStream keys;
    private boolean left;

    /**
     * How large it is.
     *
     * @param columns characters in a line
     * @param rows lines
     */
    public record Size(int columns, int rows) {}

    private Terminal(PrintWriter out, String modes, FileInputStream keys) {
        this.out = out;
        this.modes = modes;
        this.keys = keys;
    }

    /** Whether standard output is a terminal. */
    public static boolean isOutput() {
        try {
            return Files.readSymbolicLink(OUTPUT).toString().matches("/dev/(pts/|tty|console).*");
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Takes the terminal over; {@link #close}, or the end of the process, gives it back.
     *
     * @return null if there is none
     */
    public static @Nullable Terminal open(PrintWriter out) {
        String modes = stty("-g");
        if (modes == null) {
            return null;
        }
        try {
            Terminal terminal = new Terminal(out, modes, new FileInputStream(TTY));
            Runtime.getRuntime().addShutdownHook(terminal.atExit);
            // A read returns after a second at the latest: that is also the clock.
            stty("-echo", "-icanon", "min", "0", "time", String.valueOf(WAIT_TENTHS));
            out.print(ENTER);
            out.flush();
            return terminal;
        } catch (IOException e) {
            return null;
        }
    }

    /** What it is now: it may change at any time. */
    public Size size() {
        String text = stty("size");
        Matcher size = SIZE.matcher(text == null ? "" : text);
        return size.matches()
                ? new Size(Integer.parseInt(size.group(2)), Integer.parseInt(size.group(1)))
                : new Size(80, 24);
    }

    /** Shows lines, each in the place of what was there. */
    public synchronized void show(List<String> lines) {
        if (left) {
            return;
        }
        StringBuilder screen = new StringBuilder(HOME);
        for (int at = 0; at < lines.size(); at++) {
            screen.append(at == 0 ? "" : "\r\n").append(lines.get(at)).append(CLEAR_LINE);
        }
        out.print(screen.append(CLEAR_REST));
        out.flush();
    }

    /**
     * Waits for a key, for a second.
     *
     * @return the character, or -1 if there was none
     */
    public int key() {
        long beganNs = System.nanoTime();
        try {
            int key = keys.read();
            if (key < 0) {
                restOfASecond(beganNs);
            }
            return key;
        } catch (IOException e) {
            restOfASecond(beganNs);
            return -1;
        }
    }

    /** A terminal that has gone answers at once. */
    private static void restOfASecond(long beganNs) {
        long leftNs = TimeUnit.SECONDS.toNanos(1) - (System.nanoTime() - beganNs);
        try {
            TimeUnit.NANOSECONDS.sleep(Math.max(0, leftNs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        leave();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            return;
        }
    }

    private synchronized void leave() {
        if (left) {
            return;
        }
        left = true;
        out.print(LEAVE);
        out.flush();
        stty(modes);
    }

    /** What stty says; null if there is no terminal, or it does not know. */
    private static @Nullable String stty(String... words) {
        try {
            Process process =
                    new ProcessBuilder(Stream.concat(Stream.of("stty"), Stream.of(words)).toList())
                            .redirectInput(TTY)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(STTY_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return null;
            }
            return process.exitValue() == 0 ? text.strip() : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
