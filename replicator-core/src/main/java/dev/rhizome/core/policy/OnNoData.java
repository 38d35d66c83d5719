package dev.rhizome.core.policy;

/**
 * {@code on-no-data-accessible}: what a Primary does with requests while neither its own disk nor
 * its peer's has UpToDate data.
 */
public enum OnNoData implements Policy {
    /** They fail. */
    IO_ERROR(0, "io-error"),
    /** They wait until there is data again, or an operator resumes I/O. */
    SUSPEND_IO(1, "suspend-io");

    private final int code;
    private final String label;

    OnNoData(int code, String label) {
        this.code = code;
        this.label = label;
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public String label() {
        return label;
    }
}
