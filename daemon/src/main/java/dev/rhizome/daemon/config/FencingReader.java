package dev.rhizome.daemon.config;

import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.OnNoData;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads who may write, and sees to it that there is somebody to ask. */
final class FencingReader {

    private FencingReader() {}

    /**
     * Reads a resource's settings; what is wrong is collected.
     *
     * @param witness whether there is a witness
     * @return null if something is wrong
     */
    static @Nullable FencingSettings read(
            SectionReader net, SectionReader disk, Map<Handler, Path> handlers, boolean witness) {
        FencingPolicy policy = net.value(Options.FENCING, Map.of());
        Boolean promotes = net.value(Options.AUTO_PROMOTE, Map.of());
        Duration retry = net.value(Options.FENCE_RETRY, Map.of());
        OnNoData noData = disk.value(Options.ON_NO_DATA, Map.of());
        if (policy == null || promotes == null || retry == null || noData == null) {
            return null;
        }
        requireSomebodyToAsk(net, policy, handlers, witness);
        if (promotes && policy != FencingPolicy.WITNESS) {
            net.at(
                    Options.AUTO_PROMOTE.key(),
                    net.path()
                            + "."
                            + Options.AUTO_PROMOTE.key()
                            + " needs "
                            + Options.FENCING.key()
                            + " = witness: without one, both nodes would take over");
        }
        return new FencingSettings(policy, promotes, retry.toNanos(), noData);
    }

    private static void requireSomebodyToAsk(
            SectionReader net, FencingPolicy policy, Map<Handler, Path> handlers, boolean witness) {
        String what = net.path() + "." + Options.FENCING.key() + " = " + policy.label();
        if (policy == FencingPolicy.WITNESS) {
            if (!witness) {
                net.at(Options.FENCING.key(), what + " needs the section witness");
            }
        } else if (policy.asks() && !handlers.containsKey(Handler.FENCE_PEER)) {
            net.at(Options.FENCING.key(), what + " needs handlers.fence-peer");
        }
    }
}
