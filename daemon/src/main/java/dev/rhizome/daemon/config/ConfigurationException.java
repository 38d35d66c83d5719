package dev.rhizome.daemon.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used; one line for each finding. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient List<Finding> findings;

    /**
     * @param findings at least one
     */
    public ConfigurationException(List<Finding> findings) {
        super(findings.stream().map(Finding::toString).collect(Collectors.joining("\n")));
        this.findings = List.copyOf(findings);
    }

    /**
     * @param finding the only one
     */
    public ConfigurationException(Finding finding) {
        this(List.of(finding));
    }

    /** What is wrong, in the order of the file's sections. */
    public List<Finding> findings() {
        return findings;
    }
}
