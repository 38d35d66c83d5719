package dev.rhizome.core.policy;

/**
 * {@code on-no-data-accessible}: what a Primary does with requests while neither its own disk nor
 * its peer's has UpToDate data.
 */
public enum OnNoData implements Policy {
    /** They fail. */
    IO_ERROR,
    /** They wait until there is data again, or an operator resumes I/O. */
    SUSPEND_IO
}
