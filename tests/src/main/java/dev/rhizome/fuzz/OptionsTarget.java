package dev.rhizome.fuzz;

import dev.rhizome.core.Limits;
import dev.rhizome.core.handshake.SharedOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A body of options: what the peer's configuration says. */
final class OptionsTarget implements Target {

    @Override
    public String name() {
        return "options";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes(SharedOptions.of(Map.of("net.ping-timeout", "1 s", "disk.io-uring", "true"))),
                "a=b=c\n=\n\nnothing\nx=\u001B[2J\r".getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean accepts(byte[] input) {
        SharedOptions found = SharedOptions.decode(ByteBuffer.wrap(input));
        found.values()
                .forEach(
                        (option, value) ->
                                Target.require(
                                        (option + value).chars().noneMatch(Character::isISOControl),
                                        "a control character"));
        boolean fits = input.length <= Limits.MAX_CONTROL_BODY_BYTES / 4;
        Target.require(
                !fits || found.equals(SharedOptions.decode(ByteBuffer.wrap(bytes(found)))),
                "options that are not what they were");
        return !found.values().isEmpty();
    }

    private static byte[] bytes(SharedOptions options) {
        ByteBuffer body = options.encode(ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES));
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }
}
