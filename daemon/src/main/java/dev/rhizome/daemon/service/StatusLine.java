package dev.rhizome.daemon.service;

import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.VolumeStatus;
import java.util.Collection;
import java.util.StringJoiner;

/** All resources in one line: {@code r0 Primary UpToDate/UpToDate Connected; r1 down: ...}. */
final class StatusLine {
    private static final int MAX_RESOURCES = 8;

    private StatusLine() {}

    static String of(Collection<ManagedResource> resources) {
        if (resources.isEmpty()) {
            return "no resources on this node";
        }
        StringJoiner line = new StringJoiner("; ");
        resources.stream().limit(MAX_RESOURCES).forEach(each -> line.add(of(each.status())));
        if (resources.size() > MAX_RESOURCES) {
            line.add("and " + (resources.size() - MAX_RESOURCES) + " more");
        }
        return line.toString();
    }

    static String of(ResourceStatus resource) {
        VolumeStatus volume = resource.volume();
        if (volume == null) {
            return resource.name() + " down: " + resource.downReason();
        }
        boolean copies =
                volume.replication() != ReplicationState.OFF
                        && volume.replication() != ReplicationState.ESTABLISHED;
        return resource.name()
                + " "
                + volume.role().label()
                + " "
                + volume.disk().label()
                + "/"
                + volume.peerDisk().label()
                + " "
                + (copies ? volume.replication().label() : volume.connection().label());
    }
}
