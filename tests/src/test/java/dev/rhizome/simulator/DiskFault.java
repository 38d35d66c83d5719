package dev.rhizome.simulator;

/** Which operation of a disk is to fail next. */
public enum DiskFault {
    /** A read of data. */
    READ,
    /** A write, trim or zero. */
    CHANGE,
    /** A flush. */
    FLUSH,
    /** A write of metadata. */
    METADATA
}
