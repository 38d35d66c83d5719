package dev.rhizome.daemon.resource;

import dev.rhizome.replicator.VolumeStatus;
import org.jspecify.annotations.Nullable;

/**
 * What is so of a resource, up or down.
 *
 * @param name the resource's name
 * @param node this node's name
 * @param volume the volume's status while the resource is up, else null
 * @param downReason why it is down, one line; empty while it is up
 */
public record ResourceStatus(
        String name, String node, @Nullable VolumeStatus volume, String downReason) {}
