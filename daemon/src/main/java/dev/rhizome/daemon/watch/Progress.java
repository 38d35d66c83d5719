package dev.rhizome.daemon.watch;

import dev.rhizome.core.verify.VerifyReport;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VerifyProgress;
import dev.rhizome.replicator.VolumeStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Something with an end.
 *
 * @param name resync or verify
 * @param title for a person
 * @param doneBytes of all
 * @param totalBytes all
 * @param bytesPerSecond of the last seconds; 0 if it stands
 * @param secondsLeft -1 if there is no estimate
 * @param notes what a person should know of it
 */
record Progress(
        String name,
        String title,
        long doneBytes,
        long totalBytes,
        long bytesPerSecond,
        long secondsLeft,
        List<String> notes) {

    static List<Progress> of(VolumeStatus status) {
        List<Progress> all = new ArrayList<>();
        ResyncProgress resync = status.resync();
        if (resync != null) {
            all.add(resync(status, resync));
        }
        VerifyProgress verify = status.comparison().verify();
        if (verify != null && verify.report().running()) {
            all.add(verify(verify));
        }
        return all;
    }

    private static Progress resync(VolumeStatus status, ResyncProgress resync) {
        boolean toPeer = status.replication().source();
        String from = toPeer ? status.node() : status.peer();
        String to = toPeer ? status.peer() : status.node();
        List<String> notes = new ArrayList<>();
        if (!status.resyncSuspended().equals("no")) {
            notes.add("paused by " + status.resyncSuspended());
        } else if (!resync.limit().equals("none")) {
            notes.add("limited by " + resync.limit());
        }
        return new Progress(
                "resync",
                "Resync from " + from + " to " + to,
                resync.doneBytes(),
                resync.totalBytes(),
                resync.bytesPerSecond(),
                resync.secondsLeft(),
                notes);
    }

    private static Progress verify(VerifyProgress verify) {
        VerifyReport report = verify.report();
        boolean found = report.differentBytes() > 0;
        return new Progress(
                "verify",
                "Verify",
                report.positionBytes() - report.startBytes(),
                report.stopBytes() - report.startBytes(),
                verify.bytesPerSecond(),
                verify.secondsLeft(),
                found ? List.of(Amount.bytes(report.differentBytes()) + " differ") : List.of());
    }

    private double percent() {
        if (totalBytes <= 0 || doneBytes >= totalBytes) {
            return 100;
        }
        return Math.floor(Math.max(0, doneBytes) * 1000.0 / totalBytes) / 10;
    }

    Map<String, Object> tree() {
        List<String> words = new ArrayList<>();
        words.add(Amount.bytes(doneBytes) + " of " + Amount.bytes(totalBytes));
        words.add(Amount.rate((double) bytesPerSecond));
        if (secondsLeft >= 0) {
            words.add(Amount.seconds(secondsLeft) + " left");
        }
        words.addAll(notes);
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", name);
        tree.put("title", title);
        tree.put("percent", percent());
        tree.put("text", String.join(", ", words));
        return tree;
    }
}
