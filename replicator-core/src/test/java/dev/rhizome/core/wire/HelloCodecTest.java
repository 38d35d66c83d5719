package dev.rhizome.core.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Tenure;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Preparation;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HelloCodecTest {
    private static final Hello HELLO =
            new Hello(
                    4,
                    4,
                    0,
                    "a",
                    "data",
                    1 << 20,
                    512,
                    Role.PRIMARY,
                    DiskState.UP_TO_DATE,
                    new Hello.Flags(true, true, false, true, false),
                    new Generations(0x10, 0x20, List.of(0x30L, 0x40L)),
                    0x1234,
                    new ConflictPolicies(
                            AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES,
                            AfterSplitBrain1Pri.CALL_PRI_LOST_AFTER_SB,
                            AfterSplitBrain2Pri.CALL_PRI_LOST_AFTER_SB,
                            RoleConflict.CALL_PRI_LOST),
                    0x5678,
                    2 << 20,
                    new Tenure(1, 2, 3));

    /** How many bytes the first version lacked, at the end. */
    private static final int SINCE_VERSION_2 = 8 + 8 + 4 + 8 + 3 * 8;

    private final ByteBuffer buffer = ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES);

    @Test
    void goldenBytes() {
        ByteBuffer encoded = HelloCodec.encode(HELLO, buffer);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        "0004"
                                + "0004"
                                + "0000000000000000"
                                + "0000000000100000"
                                + "00000200"
                                + "01"
                                + "08"
                                + "0b"
                                + "00"
                                + "0000000000000010"
                                + "0000000000000020"
                                + "02"
                                + "0000000000000030"
                                + "0000000000000040"
                                + "0161"
                                + "0464617461"
                                + "0000000000001234"
                                + "0000000000005678"
                                + "04"
                                + "03"
                                + "01"
                                + "02"
                                + "0000000000200000"
                                + "0000000000000001"
                                + "0000000000000002"
                                + "0000000000000003");
    }

    @Test
    void everyFlagComesBack() {
        for (int bit = 0; bit < 5; bit++) {
            Hello.Flags flags = new Hello.Flags(bit == 0, bit == 1, bit == 2, bit == 3, bit == 4);
            Hello hello = with(flags);
            assertThat(HelloCodec.decode(HelloCodec.encode(hello, buffer))).isEqualTo(hello);
        }
    }

    @Test
    void everyPreparationComesBack() {
        for (Preparation each : Preparation.values()) {
            Hello hello = with(new Hello.Flags(false, true, false, false, false, each));
            assertThat(HelloCodec.decode(HelloCodec.encode(hello, buffer))).isEqualTo(hello);
        }
    }

    private static Hello with(Hello.Flags flags) {
        return new Hello(
                HelloCodec.PROTOCOL_VERSION,
                HelloCodec.OLDEST_PROTOCOL_VERSION,
                0,
                "a",
                "data",
                1 << 20,
                512,
                Role.SECONDARY,
                DiskState.OUTDATED,
                flags,
                HELLO.generations(),
                0,
                ConflictPolicies.DISCONNECT);
    }

    @Test
    void everyPolicyComesBackAndNoOtherIsTaken() {
        ByteBuffer encoded = HelloCodec.encode(HELLO, buffer);
        int first = encoded.limit() - 4 - 4 * Long.BYTES;
        int[] counts = {
            AfterSplitBrain0Pri.values().length,
            AfterSplitBrain1Pri.values().length,
            AfterSplitBrain2Pri.values().length,
            RoleConflict.values().length
        };
        for (int field = 0; field < counts.length; field++) {
            for (int code = 0; code < 256; code++) {
                byte before = encoded.get(first + field);
                encoded.put(first + field, (byte) code);
                Hello decoded = HelloCodec.decode(encoded);
                assertThat(decoded != null).isEqualTo(code < counts[field]);
                encoded.put(first + field, before);
            }
        }
    }

    /** A release that speaks another version is refused by name, not as garbage. */
    @Test
    void anotherVersionIsUnderstoodAsFarAsItIsCommon() {
        for (int version : new int[] {1, 2, 3, 5}) {
            ByteBuffer other = HelloCodec.encode(HELLO, buffer);
            other.putShort(0, (short) version).putShort(2, (short) version);
            if (version == 1) {
                other.limit(other.limit() - SINCE_VERSION_2);
            } else {
                other.put(other.limit() - 1, (byte) 0xFF);
            }
            Hello decoded =
                    Invariant.present(HelloCodec.decode(other), "test", "a hello of " + version);
            assertThat(decoded.protocolVersion()).isEqualTo(version);
            assertThat(decoded.generations()).isEqualTo(HELLO.generations());
            assertThat(decoded.policies()).isEqualTo(ConflictPolicies.DISCONNECT);
        }
    }

    @Test
    void comesBack() {
        assertThat(HelloCodec.decode(HelloCodec.encode(HELLO, buffer))).isEqualTo(HELLO);
        Generations generations = HELLO.generations();
        assertThat(HelloCodec.decodeGenerations(HelloCodec.encodeGenerations(generations, buffer)))
                .isEqualTo(generations);
    }

    @Test
    void aShortBodyIsNone() {
        ByteBuffer whole = HelloCodec.encode(HELLO, buffer);
        for (int length = 0; length < whole.limit(); length++) {
            assertThat(HelloCodec.decode(whole.duplicate().limit(length))).isNull();
        }
    }

    @Test
    void textIsCutAndCleaned() {
        ByteBuffer small = ByteBuffer.allocate(4);
        assertThat(HelloCodec.decodeText(HelloCodec.encodeText("abcdefgh", small)))
                .isEqualTo("abcd");
        ByteBuffer text = HelloCodec.encodeText("a\u001b[31m\nb", buffer);
        assertThat(HelloCodec.decodeText(text)).isEqualTo("a [31m b");
    }

    @Test
    void anyBytesAreDecodedOrRefused() {
        Random random = new Random(2);
        byte[] good = new byte[HelloCodec.encode(HELLO, buffer).remaining()];
        buffer.get(good);
        int accepted = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                bytes = good.clone();
                for (int flips = random.nextInt(4); flips >= 0; flips--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            Hello decoded = HelloCodec.decode(ByteBuffer.wrap(bytes));
            HelloCodec.decodeGenerations(ByteBuffer.wrap(bytes));
            HelloCodec.decodeText(ByteBuffer.wrap(bytes));
            if (decoded != null) {
                accepted++;
                assertThat(decoded.volumeBytes()).isBetween(0L, Limits.MAX_VOLUME_BYTES);
                assertThat(decoded.outOfSyncBlocks())
                        .isBetween(0L, Limits.MAX_VOLUME_BYTES / Limits.BLOCK_BYTES);
            }
        }
        assertThat(accepted).isPositive();
    }
}
