package dev.rhizome.fuzz;

import dev.rhizome.core.Limits;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The header of a frame. */
final class FrameTarget implements Target {

    @Override
    public String name() {
        return "frame";
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (FrameType type : FrameType.values()) {
            ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES);
            int body = type.body() == FrameType.Body.NONE ? 0 : 4096;
            new FrameHeader().set(type, 0, body, 5, 1 << 20, 4096, 3).encode(bytes);
            seeds.add(bytes.array());
        }
        return seeds;
    }

    @Override
    public boolean accepts(byte[] input) {
        byte[] bytes = Arrays.copyOf(input, FrameHeader.BYTES);
        FrameHeader header = new FrameHeader();
        if (header.decode(ByteBuffer.wrap(bytes)) != null) {
            return false;
        }
        int limit =
                header.type().body() == FrameType.Body.CONTROL
                        ? Limits.MAX_CONTROL_BODY_BYTES
                        : Limits.MAX_REQUEST_BYTES;
        Target.require(header.bodyBytes() >= 0 && header.bodyBytes() <= limit, "too long a body");
        Target.require(
                header.offsetBytes() >= 0
                        && header.lengthBytes() >= 0
                        && header.offsetBytes() + header.lengthBytes() >= 0,
                "a range that turns around");
        Target.require(!header.toString().isEmpty(), "a header without a text");
        ByteBuffer again = ByteBuffer.allocate(FrameHeader.BYTES);
        header.encode(again);
        Target.require(Arrays.equals(again.array(), bytes), "what was read is written otherwise");
        return true;
    }
}
