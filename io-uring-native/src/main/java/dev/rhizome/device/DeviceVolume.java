package dev.rhizome.device;

import dev.rhizome.core.request.Volume;

/**
 * What a device is made of.
 *
 * @param resource the resource's name
 * @param node this node's name; two nodes on one machine have different ones
 * @param volume takes the requests, on the event loop
 * @param memory where their data lives
 * @param physicalBlockBytes the smallest write that the medium does without reading first
 * @param maxRequests the most that the device has under way at once
 */
public record DeviceVolume(
        String resource,
        String node,
        Volume volume,
        DeviceMemory memory,
        int physicalBlockBytes,
        int maxRequests) {}
