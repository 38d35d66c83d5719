package dev.rhizome.fuzz;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.util.List;

/** A body of generations alone. */
final class GenerationsTarget implements Target {

    @Override
    public String name() {
        return "generations";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes(Generations.justCreated()),
                bytes(new Generations(1, 2, List.of(3L))),
                bytes(new Generations(-1, 9, List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L))));
    }

    private static byte[] bytes(Generations generations) {
        ByteBuffer body = HelloCodec.encodeGenerations(generations, ByteBuffer.allocate(100));
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }

    @Override
    public boolean accepts(byte[] input) {
        Generations found = HelloCodec.decodeGenerations(ByteBuffer.wrap(input));
        if (found == null) {
            return false;
        }
        Target.require(
                found.equals(HelloCodec.decodeGenerations(ByteBuffer.wrap(bytes(found)))),
                "what was read is written otherwise");
        Target.require(found.asText().size() == 2 + found.history().size(), "a text too short");
        return true;
    }
}
