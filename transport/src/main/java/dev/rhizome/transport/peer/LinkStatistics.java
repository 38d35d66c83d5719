package dev.rhizome.transport.peer;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** What the links of one resource have done, one after the other. Belongs to the event loop. */
public final class LinkStatistics {
    private long dataBytes;
    private long dataWireBytes;
    private long dataReceivedBytes;
    private long dataReceivedWireBytes;
    private boolean compressing;
    private String path = "";
    private long count;
    private @Nullable X509Certificate own;
    private @Nullable X509Certificate peer;

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

    /** How many links there have been. */
    public long count() {
        return count;
    }

    /** What this node has shown on the link that is up; null while there is none. */
    public @Nullable X509Certificate ownCertificate() {
        return own;
    }

    /** What the peer has shown on it. */
    public @Nullable X509Certificate peerCertificate() {
        return peer;
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

    void up(String over, X509Certificate shown, @Nullable X509Certificate shownByPeer) {
        count++;
        path = over;
        own = shown;
        peer = shownByPeer;
    }

    void down() {
        path = "";
        compressing = false;
        own = null;
        peer = null;
    }
}
