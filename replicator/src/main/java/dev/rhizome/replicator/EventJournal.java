package dev.rhizome.replicator;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last events of a volume, its log lines, and its listeners. Belongs to the event loop. */
final class EventJournal {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);
    private static final int KEPT = 50;

    private final String resource;
    private final ArrayDeque<VolumeEvent> recent = new ArrayDeque<>(KEPT);
    private final ArrayDeque<VolumeEvent> untold = new ArrayDeque<>();
    private final List<VolumeListener> listeners = new CopyOnWriteArrayList<>();

    EventJournal(String resource) {
        this.resource = resource;
    }

    void add(String rule, String reason) {
        LOG.debug("{}: {} [{}]", resource, reason, rule);
        VolumeEvent event = new VolumeEvent(rule, reason);
        if (recent.size() == KEPT) {
            recent.remove();
        }
        recent.add(event);
        if (!listeners.isEmpty()) {
            untold.add(event);
        }
    }

    void addListener(VolumeListener listener) {
        listeners.add(listener);
    }

    boolean hasUntold() {
        return !untold.isEmpty();
    }

    /** Tells the listeners what has happened since the last time. */
    void tell(Supplier<VolumeStatus> status) {
        while (!untold.isEmpty()) {
            VolumeEvent event = untold.remove();
            VolumeStatus now = status.get();
            for (VolumeListener listener : listeners) {
                tellOne(listener, event, now);
            }
        }
    }

    private void tellOne(VolumeListener listener, VolumeEvent event, VolumeStatus status) {
        try {
            listener.onEvent(event, status);
        } catch (VirtualMachineError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // Even an Error is the listener's own: the volume goes on without it.
            LOG.warn("{}: a listener failed on {}", resource, event.rule(), e);
        }
    }

    List<VolumeEvent> recent() {
        return List.copyOf(recent);
    }
}
