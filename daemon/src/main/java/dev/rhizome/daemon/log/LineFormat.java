package dev.rhizome.daemon.log;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tinylog.Level;

/** One event, one line. */
final class LineFormat {
    private static final int MAX_FRAMES = 8;
    private static final int MAX_CAUSES = 4;

    private final boolean journal;

    /**
     * @param journal whether lines go to systemd's journal: it knows the time, and reads a priority
     *     in angle brackets (sd-daemon(3))
     */
    LineFormat(boolean journal) {
        this.journal = journal;
    }

    String format(
            Instant time, Level level, @Nullable String message, @Nullable Throwable exception) {
        StringBuilder line = new StringBuilder(128);
        if (journal) {
            line.append('<').append(priority(level)).append('>');
        } else {
            line.append(time.truncatedTo(ChronoUnit.MILLIS))
                    .append(' ')
                    .append(String.format(Locale.ROOT, "%-5s", level))
                    .append(' ');
        }
        appendOneLine(line, message == null ? "" : message);
        Throwable cause = exception;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            line.append(depth == 0 ? ": " : "; caused by ");
            appendOneLine(line, cause.toString());
            appendFrames(line, cause.getStackTrace());
            cause = cause.getCause();
        }
        return line.toString();
    }

    private static void appendFrames(StringBuilder line, StackTraceElement[] frames) {
        for (int i = 0; i < Math.min(MAX_FRAMES, frames.length); i++) {
            StackTraceElement frame = frames[i];
            line.append(i == 0 ? " at " : " < ")
                    .append(frame.getClassName())
                    .append('.')
                    .append(frame.getMethodName())
                    .append(':')
                    .append(frame.getLineNumber());
        }
    }

    private static void appendOneLine(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            line.append(Character.isISOControl(c) ? ' ' : c);
        }
    }

    private static int priority(Level level) {
        return switch (level) {
            case ERROR -> 3;
            case WARN -> 4;
            case INFO -> 6;
            default -> 7;
        };
    }
}
