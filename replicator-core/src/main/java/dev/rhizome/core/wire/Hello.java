package dev.rhizome.core.wire;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;

/**
 * What a node says of itself when a link comes up, and, but for the first fields, whenever it
 * changes (STATE).
 *
 * @param protocolVersion the newest version of the peer protocol that it speaks
 * @param oldestProtocolVersion the oldest
 * @param features feature bits; what both have is used. Version 1 knows none
 * @param node its name
 * @param resource the resource's name
 * @param volumeBytes its volume's size; 0 if it has no disk
 * @param sectorBytes its unit of addresses
 * @param role its role
 * @param disk its disk state
 * @param crashed whether it died with writes under way, and nothing has settled it since
 * @param crashedPrimary whether it died as Primary
 * @param generations its generation identifiers
 */
public record Hello(
        int protocolVersion,
        int oldestProtocolVersion,
        long features,
        String node,
        String resource,
        long volumeBytes,
        int sectorBytes,
        Role role,
        DiskState disk,
        boolean crashed,
        boolean crashedPrimary,
        Generations generations) {}
