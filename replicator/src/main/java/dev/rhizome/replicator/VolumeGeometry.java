package dev.rhizome.replicator;

/**
 * A volume's size and unit.
 *
 * @param volumeBytes its size
 * @param sectorBytes the unit of its addresses
 */
record VolumeGeometry(long volumeBytes, int sectorBytes) {}
