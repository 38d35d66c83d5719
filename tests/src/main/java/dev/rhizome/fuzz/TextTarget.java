package dev.rhizome.fuzz;

import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A body of text: the reason of a refusal. */
final class TextTarget implements Target {

    @Override
    public String name() {
        return "text";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                "split brain".getBytes(StandardCharsets.UTF_8),
                "größer als \u4E2D\u6587 \uD83D\uDE00".getBytes(StandardCharsets.UTF_8),
                "\u001B[2J\r\n\u009B\u0000\u007F".getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean accepts(byte[] input) {
        String text = HelloCodec.decodeText(ByteBuffer.wrap(input));
        Target.require(text.length() <= input.length, "a text that has grown");
        Target.require(text.chars().noneMatch(Character::isISOControl), "a control character");
        return true;
    }
}
