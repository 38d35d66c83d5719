package dev.rhizome.core;

import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.wire.FrameHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A shell that does nothing; tests override what they look at. */
public class QuietEffects implements Effects {
    @Override
    public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {}

    @Override
    public void diskWrite(
            long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {}

    @Override
    public void diskFlush(long token) {}

    @Override
    public void diskTrim(long token, long offsetBytes, long lengthBytes) {}

    @Override
    public void diskZero(long token, long offsetBytes, long lengthBytes) {}

    @Override
    public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {}

    @Override
    public void send(FrameHeader header, @Nullable Payload payload) {}

    @Override
    public void sendControl(FrameHeader header, ByteBuffer body) {}

    @Override
    public void closeLink(String reason) {}

    @Override
    public void wantLink(boolean wanted) {}

    @Override
    public void complete(
            Completion completion, long token, IoStatus status, @Nullable Payload payload) {}

    @Override
    public void serve(boolean serving, boolean continued) {}

    @Override
    public void dismissClients() {}

    @Override
    public void growDisk(
            long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {}

    @Override
    public void resized(long volumeBytes) {}

    @Override
    public void commandDone(long token, boolean accepted, String rule, String reason) {}

    @Override
    public void prepareTarget(long token, boolean keep, boolean whole) {}

    @Override
    public long wallClockMs() {
        return 0;
    }

    @Override
    public void event(String rule, String reason) {}

    @Override
    public void deadline(long atNs) {}

    @Override
    public void releaseDisk() {}

    @Override
    public void fencePeer(long token, long generation) {}

    @Override
    public void unfencePeer(long token) {}

    @Override
    public void callHandler(Handler handler) {}

    @Override
    public void closed() {}
}
