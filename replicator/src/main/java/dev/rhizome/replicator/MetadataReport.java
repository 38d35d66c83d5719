package dev.rhizome.replicator;

import java.util.List;

/**
 * What a check of metadata has found, and what it has mended.
 *
 * @param findings superblock, activity log, bitmap: at least one for each
 * @param repairs what was written, one line each
 * @param damaged whether anything is damaged now
 */
public record MetadataReport(
        List<MetadataFinding> findings, List<String> repairs, boolean damaged) {

    /** Copies the lists. */
    public MetadataReport {
        findings = List.copyOf(findings);
        repairs = List.copyOf(repairs);
    }
}
