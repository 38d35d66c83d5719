package dev.rhizome.daemon.event;

import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.event.StateObject.Kind;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.DeviceStatus;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VolumeStatus;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A resource's status as objects with keys, named as {@code drbdsetup events2} names them. A
 * resource has each kind at most once; one that is down has only the first.
 */
final class StateObjects {

    private StateObjects() {}

    static Map<Kind, StateObject> of(ResourceStatus resource) {
        Map<Kind, StateObject> objects = new EnumMap<>(Kind.class);
        VolumeStatus status = resource.volume();
        add(objects, Kind.RESOURCE, Map.of("name", resource.name()), resource(status));
        if (status == null) {
            return objects;
        }
        add(objects, Kind.DEVICE, identity(status, false, true), device(status));
        Map<String, String> connection = new LinkedHashMap<>();
        connection.put("connection", status.connection().label());
        connection.put("role", status.peerRole().label());
        add(objects, Kind.CONNECTION, identity(status, true, false), connection);
        add(objects, Kind.PEER_DEVICE, identity(status, true, true), peerDevice(status));
        String path = status.link().path();
        if (!path.isEmpty()) {
            Map<String, String> identity = identity(status, true, false);
            identity.put("peer", path.split(",", 2)[0]);
            add(objects, Kind.PATH, identity, Map.of("established", "yes"));
        }
        return objects;
    }

    private static void add(
            Map<Kind, StateObject> objects,
            Kind kind,
            Map<String, String> identity,
            Map<String, String> state) {
        objects.put(
                kind,
                new StateObject(
                        kind,
                        Collections.unmodifiableMap(identity),
                        Collections.unmodifiableMap(state)));
    }

    private static Map<String, String> identity(VolumeStatus status, boolean peer, boolean volume) {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("name", status.resource());
        if (peer) {
            identity.put("conn-name", status.peer());
        }
        if (volume) {
            identity.put("volume", "0");
        }
        return identity;
    }

    private static Map<String, String> resource(
            @org.jspecify.annotations.Nullable VolumeStatus status) {
        Map<String, String> state = new LinkedHashMap<>();
        state.put("role", (status == null ? Role.UNKNOWN : status.role()).label());
        state.put("up", status == null ? "no" : "yes");
        state.put("suspended", status == null ? "no" : status.suspended());
        state.put("may_promote", status != null && status.mayPromote() ? "yes" : "no");
        state.put(
                "promotion_score", status == null ? "0" : String.valueOf(status.promotionScore()));
        return state;
    }

    private static Map<String, String> device(VolumeStatus status) {
        Map<String, String> state = new LinkedHashMap<>();
        state.put("backing_dev", status.diskPath());
        state.put("disk", status.disk().label());
        state.put("size", Long.toString(status.sizeBytes() / 1024));
        DeviceStatus device = status.device();
        state.put("device", device == null ? "none" : device.link().toString());
        return state;
    }

    private static Map<String, String> peerDevice(VolumeStatus status) {
        Map<String, String> state = new LinkedHashMap<>();
        state.put("replication", status.replication().label());
        state.put("peer-disk", status.peerDisk().label());
        state.put("resync-suspended", status.resyncSuspended());
        ResyncProgress resync = status.resync();
        boolean copies = status.replication() != ReplicationState.ESTABLISHED;
        if (resync != null && copies && resync.totalBytes() > 0) {
            double done = 100.0 * resync.doneBytes() / resync.totalBytes();
            state.put("done", String.format(Locale.ROOT, "%.2f", done));
        }
        return state;
    }
}
