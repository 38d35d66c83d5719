package dev.rhizome.replicator;

import dev.rhizome.core.verify.VerifyReport;
import org.jspecify.annotations.Nullable;

/** The rate of an online verify over the last seconds. */
final class VerifyRate {
    private final ResyncRate rate = new ResyncRate();

    void sample(long nowNs, @Nullable VerifyReport report) {
        rate.sample(nowNs, total(report), done(report));
    }

    private static long total(@Nullable VerifyReport report) {
        return report == null || !report.running() ? 0 : report.stopBytes() - report.startBytes();
    }

    private static long done(@Nullable VerifyReport report) {
        return report == null ? 0 : report.positionBytes() - report.startBytes();
    }

    @Nullable VerifyProgress progress(long nowNs, @Nullable VerifyReport report) {
        if (report == null) {
            return null;
        }
        ResyncProgress going = rate.progress(nowNs, total(report), done(report));
        return going == null
                ? new VerifyProgress(report, 0, -1)
                : new VerifyProgress(report, going.bytesPerSecond(), going.secondsLeft());
    }
}
