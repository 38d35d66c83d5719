package dev.rhizome.daemon.log;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import org.tinylog.core.LogEntry;
import org.tinylog.core.LogEntryValue;
import org.tinylog.writers.Writer;

/**
 * tinylog's way to {@link LogOutput}: one line an event, warnings and errors to stderr. Under
 * systemd lines carry the journal's priority instead of a time.
 */
public final class RhizomeConsoleWriter implements Writer {
    private final LineFormat format;

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
        String line =
                format.format(
                        entry.getTimestamp().toInstant(),
                        entry.getLevel(),
                        entry.getMessage(),
                        entry.getException());
        LogOutput.INSTANCE.print(entry.getLevel().compareTo(org.tinylog.Level.WARN) >= 0, line);
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
