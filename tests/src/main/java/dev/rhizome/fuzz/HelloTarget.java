package dev.rhizome.fuzz;

import dev.rhizome.core.Limits;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.util.List;

/** The body of HELLO and STATE. */
final class HelloTarget implements Target {

    @Override
    public String name() {
        return "hello";
    }

    @Override
    public List<byte[]> seeds() {
        Generations none = Generations.justCreated();
        Generations many = new Generations(-1, 9, List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L));
        return List.of(
                bytes(hello("a", "b", 0, 512, Role.SECONDARY, DiskState.DISKLESS, none)),
                bytes(
                        hello(
                                "alpha",
                                "r0",
                                1L << 40,
                                4096,
                                Role.PRIMARY,
                                DiskState.UP_TO_DATE,
                                many)),
                bytes(
                        hello(
                                "n".repeat(63),
                                "r".repeat(63),
                                Limits.MAX_VOLUME_BYTES,
                                1024,
                                Role.UNKNOWN,
                                DiskState.INCONSISTENT,
                                many)));
    }

    private static Hello hello(
            String node,
            String resource,
            long volumeBytes,
            int sectorBytes,
            Role role,
            DiskState disk,
            Generations generations) {
        return new Hello(
                HelloCodec.PROTOCOL_VERSION,
                HelloCodec.OLDEST_PROTOCOL_VERSION,
                0,
                node,
                resource,
                volumeBytes,
                sectorBytes,
                role,
                disk,
                new Hello.Flags(true, false, true, false, true),
                generations,
                volumeBytes / 4096,
                ConflictPolicies.DISCONNECT.with(RoleConflict.values()[1]));
    }

    private static byte[] bytes(Hello hello) {
        ByteBuffer body =
                HelloCodec.encode(hello, ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES));
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }

    @Override
    public boolean accepts(byte[] input) {
        ByteBuffer body = ByteBuffer.wrap(input);
        Hello hello = HelloCodec.decode(body);
        Target.require(body.position() == 0, "the body is the caller's");
        if (hello == null) {
            return false;
        }
        Target.require(
                hello.equals(HelloCodec.decode(ByteBuffer.wrap(bytes(hello)))),
                "what was read is written otherwise");
        Target.require(!hello.toString().contains("\n"), "a name of two lines");
        return true;
    }
}
