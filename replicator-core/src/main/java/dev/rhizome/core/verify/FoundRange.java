package dev.rhizome.core.verify;

/** A range that differs between the nodes, in bytes. */
public record FoundRange(long offsetBytes, long lengthBytes) {

    /** One past its last byte. */
    public long endBytes() {
        return offsetBytes + lengthBytes;
    }

    @Override
    public String toString() {
        return offsetBytes + "+" + lengthBytes;
    }
}
