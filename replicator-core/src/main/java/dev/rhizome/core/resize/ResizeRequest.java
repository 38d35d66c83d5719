package dev.rhizome.core.resize;

/**
 * What an operator wants.
 *
 * @param volumeBytes the new size; 0: as large as both disks allow
 * @param assumeClean whether what is new is left as it is, since it is the same on both disks
 */
public record ResizeRequest(long volumeBytes, boolean assumeClean) {}
