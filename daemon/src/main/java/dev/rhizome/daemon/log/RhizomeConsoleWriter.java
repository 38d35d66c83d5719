package dev.rhizome.daemon.log;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tinylog.Level;
import org.tinylog.core.LogEntry;
import org.tinylog.core.LogEntryValue;
import org.tinylog.writers.Writer;

/**
 * tinylog's way to {@link LogOutput}: one line an event, warnings and errors to stderr. Under
 * systemd lines carry the journal's priority instead of a time.
 */
public final class RhizomeConsoleWriter implements Writer {
    private final LineFormat format;
    private final LineLimit limit = new LineLimit(System.nanoTime());

    /**
     * Called by tinylog.
     *
     * @param properties the writer's; none is known
     */
    public RhizomeConsoleWriter(Map<String, String> properties) {
        format = new LineFormat(System.getenv("JOURNAL_STREAM") != null);
    }

    @Override
    public Collection<LogEntryValue> getRequiredLogEntryValues() {
        return EnumSet.of(
                LogEntryValue.DATE,
                LogEntryValue.LEVEL,
                LogEntryValue.MESSAGE,
                LogEntryValue.EXCEPTION);
    }

    @Override
    public void write(LogEntry entry) {
        Level level = entry.getLevel();
        // An error is never left out; who asks for more than what is usual gets all of it.
        if (level == Level.INFO || level == Level.WARN) {
            long before = limit.admit(System.nanoTime());
            if (before < 0) {
                return;
            }
            if (before > 0) {
                print(LineLimit.leftOut(before), Level.WARN, entry, null);
            }
        }
        print(entry.getMessage(), level, entry, entry.getException());
    }

    private void print(
            @Nullable String message, Level level, LogEntry entry, @Nullable Throwable exception) {
        String line = format.format(entry.getTimestamp().toInstant(), level, message, exception);
        LogOutput.INSTANCE.print(level.compareTo(Level.WARN) >= 0, line);
    }

    @Override
    public void flush() {
        LogOutput.INSTANCE.flush();
    }

    @Override
    public void close() {
        LogOutput.INSTANCE.flush();
    }
}
