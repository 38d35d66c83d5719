package dev.rhizome.daemon.control;

import dev.rhizome.core.verify.FoundRange;
import dev.rhizome.core.verify.VerifyReport;
import dev.rhizome.daemon.watch.Amount;
import dev.rhizome.replicator.ComparisonStatus;
import dev.rhizome.replicator.VerifyProgress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An online verify in the status. */
final class VerifyStatus {
    /** A person's screen has so many lines for it; the JSON has all. */
    private static final int RANGES_IN_TEXT = 8;

    private VerifyStatus() {}

    static double percent(VerifyReport report) {
        return Percent.of(
                report.positionBytes() - report.startBytes(),
                report.stopBytes() - report.startBytes());
    }

    static Map<String, Object> json(VerifyProgress verify) {
        VerifyReport report = verify.report();
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("running", report.running());
        tree.put("start-bytes", report.startBytes());
        tree.put("stop-bytes", report.stopBytes());
        tree.put("position-bytes", report.positionBytes());
        tree.put("percent-done", percent(report));
        if (report.running()) {
            tree.put("bytes-per-second", verify.bytesPerSecond());
            tree.put("seconds-left", verify.secondsLeft());
        } else {
            tree.put("outcome", report.outcome());
        }
        tree.put("different-bytes", report.differentBytes());
        tree.put("ranges", report.ranges().stream().map(VerifyStatus::range).toList());
        tree.put("unlisted-bytes", report.unlistedBytes());
        return tree;
    }

    private static Map<String, Object> range(FoundRange range) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("offset-bytes", range.offsetBytes());
        tree.put("length-bytes", range.lengthBytes());
        return tree;
    }

    static void append(StringBuilder text, ComparisonStatus comparison) {
        VerifyProgress verify = comparison.verify();
        if (verify != null) {
            append(text, verify);
        } else if (comparison.marked()) {
            text.append("    verify:an earlier one has found blocks that differ;");
            text.append(" 'verify --repair-found' copies them\n");
        }
    }

    private static void append(StringBuilder text, VerifyProgress verify) {
        VerifyReport report = verify.report();
        text.append("    verify:");
        if (report.running()) {
            text.append(String.format(Locale.ROOT, "%.2f%%, ", percent(report)));
            text.append(Amount.bytes(verify.bytesPerSecond())).append("/s");
            if (verify.secondsLeft() >= 0) {
                text.append(", ").append(verify.secondsLeft()).append(" s left");
            }
        } else {
            text.append(report.outcome());
        }
        text.append('\n');
        if (report.differentBytes() > 0) {
            text.append("    different:").append(Amount.bytes(report.differentBytes()));
            List<FoundRange> ranges = report.ranges();
            int shown = Math.min(RANGES_IN_TEXT, ranges.size());
            ranges.subList(0, shown).forEach(range -> text.append(' ').append(range));
            boolean more = ranges.size() > shown || report.unlistedBytes() > 0;
            text.append(more ? " ...\n" : "\n");
        }
    }
}
