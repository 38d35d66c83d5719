package dev.rhizome.transport.peer;

/** What the links of one resource have done, one after the other. Belongs to the event loop. */
public final class LinkStatistics {
    private long dataBytes;
    private long dataWireBytes;
    private long dataReceivedBytes;
    private long dataReceivedWireBytes;
    private boolean compressing;
    private String path = "";

    /** Volume data that was sent. */
    public long dataBytes() {
        return dataBytes;
    }

    /** What it was on the wire, without headers and encryption. */
    public long dataWireBytes() {
        return dataWireBytes;
    }

    /** Volume data that has come. */
    public long dataReceivedBytes() {
        return dataReceivedBytes;
    }

    /** What that was on the wire. */
    public long dataReceivedWireBytes() {
        return dataReceivedWireBytes;
    }

    /** Whether volume data is compressed now. */
    public boolean compressing() {
        return compressing;
    }

    /** Between which addresses the link is; empty while there is none. */
    public String path() {
        return path;
    }

    void sent(int beforeBytes, int afterBytes) {
        dataBytes += beforeBytes;
        dataWireBytes += afterBytes;
    }

    void received(int beforeBytes, int afterBytes) {
        dataReceivedBytes += beforeBytes;
        dataReceivedWireBytes += afterBytes;
    }

    void compressing(boolean now) {
        compressing = now;
    }

    void path(String now) {
        path = now;
    }
}
