package dev.rhizome.replicator;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes of a device, for what moves metadata. */
interface RawBytes extends MetadataLocator.Source {

    /** Writes all remaining bytes. */
    void write(long offsetBytes, ByteBuffer bytes) throws IOException;

    /** Makes a range read as zeroes. */
    void zero(long offsetBytes, long lengthBytes) throws IOException;

    /** What was written is durable after this. */
    void sync() throws IOException;
}
