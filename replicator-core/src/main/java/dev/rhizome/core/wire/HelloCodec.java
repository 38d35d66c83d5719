package dev.rhizome.core.wire;

import dev.rhizome.core.Limits;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Tenure;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Policy;
import dev.rhizome.core.policy.Preparation;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of HELLO and STATE, and of the frames that carry generations or text. Big-endian:
 *
 * <pre>
 *  HELLO, STATE:  u16 protocol version, u16 oldest, u64 features, u64 volume bytes,
 *                 u32 sector bytes,
 *                 u8 role, u8 disk state, u8 flags (1 crashed, 2 crashed as Primary,
 *                 4 promoted alone, 8 discard my data, 16 tentative, 32 prepares before it
 *                 discards, 64 prepares before any copy), u8 zero,
 *                 generations, u8 length + node name, u8 length + resource name,
 *                 u64 out-of-sync blocks, u64 shown generation,
 *                 u8 after-sb-0pri, u8 after-sb-1pri, u8 after-sb-2pri, u8 rr-conflict,
 *                 u64 capacity bytes, u64 Primary since, u64 Primary until, u64 alone since
 *  generations:   u64 current, u64 bitmap, u8 count (0 to 8), count * u64 history
 * </pre>
 *
 * Version 1 ended after the names. Fields are only ever added at the end: so a release that speaks
 * no common version can still be told so by name.
 */
public final class HelloCodec {
    /** The newest protocol version that this code speaks. */
    public static final int PROTOCOL_VERSION = 4;

    /** The oldest. */
    public static final int OLDEST_PROTOCOL_VERSION = 4;

    private static final int FLAG_CRASHED = 1;
    private static final int FLAG_CRASHED_PRIMARY = 2;
    private static final int FLAG_PROMOTED_ALONE = 4;
    private static final int FLAG_DISCARD_MY_DATA = 8;
    private static final int FLAG_TENTATIVE = 16;
    private static final int FLAG_PREPARES_DISCARD = 32;
    private static final int FLAG_PREPARES_ALL = 64;

    private static final long MAX_BLOCKS = Limits.MAX_VOLUME_BYTES / Limits.BLOCK_BYTES;

    private HelloCodec() {}

    /** Clears the buffer, fills it, and leaves it ready to be read. */
    public static ByteBuffer encode(Hello hello, ByteBuffer target) {
        target.clear().order(ByteOrder.BIG_ENDIAN);
        target.putShort((short) hello.protocolVersion())
                .putShort((short) hello.oldestProtocolVersion())
                .putLong(hello.features())
                .putLong(hello.volumeBytes())
                .putInt(hello.sectorBytes())
                .put((byte) hello.role().code())
                .put((byte) hello.disk().code())
                .put((byte) flags(hello.flags()))
                .put((byte) 0);
        putGenerations(hello.generations(), target);
        putName(hello.node(), target);
        putName(hello.resource(), target);
        ConflictPolicies policies = hello.policies();
        target.putLong(hello.outOfSyncBlocks())
                .putLong(hello.shown())
                .put((byte) policies.afterSplitBrain0Pri().code())
                .put((byte) policies.afterSplitBrain1Pri().code())
                .put((byte) policies.afterSplitBrain2Pri().code())
                .put((byte) policies.roleConflict().code())
                .putLong(hello.capacityBytes())
                .putLong(hello.tenure().primarySinceMs())
                .putLong(hello.tenure().primaryUntilMs())
                .putLong(hello.tenure().aloneSinceMs());
        return target.flip();
    }

    private static int flags(Hello.Flags flags) {
        return (flags.crashed() ? FLAG_CRASHED : 0)
                | (flags.crashedPrimary() ? FLAG_CRASHED_PRIMARY : 0)
                | (flags.promotedAlone() ? FLAG_PROMOTED_ALONE : 0)
                | (flags.discardMyData() ? FLAG_DISCARD_MY_DATA : 0)
                | (flags.tentative() ? FLAG_TENTATIVE : 0)
                | switch (flags.preparation()) {
                    case NONE -> 0;
                    case OF_DISCARDED -> FLAG_PREPARES_DISCARD;
                    case OF_ALL -> FLAG_PREPARES_ALL;
                };
    }

    private static Preparation preparation(int bits) {
        if ((bits & FLAG_PREPARES_ALL) != 0) {
            return Preparation.OF_ALL;
        }
        return (bits & FLAG_PREPARES_DISCARD) != 0 ? Preparation.OF_DISCARDED : Preparation.NONE;
    }

    private static Hello.Flags flags(int bits) {
        return new Hello.Flags(
                (bits & FLAG_CRASHED) != 0,
                (bits & FLAG_CRASHED_PRIMARY) != 0,
                (bits & FLAG_PROMOTED_ALONE) != 0,
                (bits & FLAG_DISCARD_MY_DATA) != 0,
                (bits & FLAG_TENTATIVE) != 0,
                preparation(bits));
    }

    /** The hello in a body, or null if the body is not one (INV-16). */
    public static @Nullable Hello decode(ByteBuffer body) {
        ByteBuffer in = body.duplicate().order(ByteOrder.BIG_ENDIAN);
        try {
            return decodeFields(in);
        } catch (BufferUnderflowException e) {
            return null;
        }
    }

    private static @Nullable Hello decodeFields(ByteBuffer in) {
        int version = in.getShort() & 0xFFFF;
        int oldest = in.getShort() & 0xFFFF;
        long features = in.getLong();
        long volumeBytes = in.getLong();
        int sectorBytes = in.getInt();
        int role = in.get() & 0xFF;
        int disk = in.get() & 0xFF;
        int flags = in.get() & 0xFF;
        in.get();
        Generations generations = generations(in);
        String node = name(in);
        String resource = name(in);
        // What another version says further on is not known here, and not needed to refuse it.
        boolean common = version >= OLDEST_PROTOCOL_VERSION && oldest <= PROTOCOL_VERSION;
        long outOfSync = common ? in.getLong() : 0;
        long shown = common ? in.getLong() : 0;
        ConflictPolicies policies = common ? policies(in) : ConflictPolicies.DISCONNECT;
        long capacityBytes = common ? in.getLong() : volumeBytes;
        Tenure tenure = common ? new Tenure(in.getLong(), in.getLong(), in.getLong()) : Tenure.NONE;
        boolean good =
                role < Role.values().length
                        && disk < DiskState.values().length
                        && volumeBytes >= 0
                        && volumeBytes <= Limits.MAX_VOLUME_BYTES
                        && sectorBytes >= Limits.MIN_SECTOR_BYTES
                        && sectorBytes <= Limits.BLOCK_BYTES
                        && Integer.bitCount(sectorBytes) == 1
                        && outOfSync >= 0
                        && outOfSync <= MAX_BLOCKS
                        && capacityBytes >= volumeBytes
                        && capacityBytes <= Limits.MAX_VOLUME_BYTES;
        if (!good || node == null || resource == null || generations == null || policies == null) {
            return null;
        }
        return new Hello(
                version,
                oldest,
                features,
                node,
                resource,
                volumeBytes,
                sectorBytes,
                Role.values()[role],
                DiskState.values()[disk],
                flags(flags),
                generations,
                outOfSync,
                policies,
                shown,
                capacityBytes,
                tenure);
    }

    private static @Nullable ConflictPolicies policies(ByteBuffer in) {
        AfterSplitBrain0Pri none = Policy.ofCode(AfterSplitBrain0Pri.values(), in.get() & 0xFF);
        AfterSplitBrain1Pri one = Policy.ofCode(AfterSplitBrain1Pri.values(), in.get() & 0xFF);
        AfterSplitBrain2Pri two = Policy.ofCode(AfterSplitBrain2Pri.values(), in.get() & 0xFF);
        RoleConflict role = Policy.ofCode(RoleConflict.values(), in.get() & 0xFF);
        return none == null || one == null || two == null || role == null
                ? null
                : new ConflictPolicies(none, one, two, role);
    }

    /** Clears the buffer and fills it with generations alone. */
    public static ByteBuffer encodeGenerations(Generations generations, ByteBuffer target) {
        target.clear().order(ByteOrder.BIG_ENDIAN);
        putGenerations(generations, target);
        return target.flip();
    }

    /** The generations in a body, or null if the body is not that. */
    public static @Nullable Generations decodeGenerations(ByteBuffer body) {
        try {
            return generations(body.duplicate().order(ByteOrder.BIG_ENDIAN));
        } catch (BufferUnderflowException e) {
            return null;
        }
    }

    /** Clears the buffer and fills it with text, cut to what fits. */
    public static ByteBuffer encodeText(String text, ByteBuffer target) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        target.clear();
        return target.put(bytes, 0, Math.min(bytes.length, target.capacity())).flip();
    }

    /** The text in a body, without what could upset a terminal. */
    public static String decodeText(ByteBuffer body) {
        String text = StandardCharsets.UTF_8.decode(body.duplicate()).toString();
        return text.replaceAll("\\p{Cc}", " ");
    }

    private static void putGenerations(Generations generations, ByteBuffer target) {
        target.putLong(generations.current()).putLong(generations.bitmap());
        target.put((byte) generations.history().size());
        for (long value : generations.history()) {
            target.putLong(value);
        }
    }

    private static @Nullable Generations generations(ByteBuffer in) {
        long current = in.getLong();
        long bitmap = in.getLong();
        int count = in.get() & 0xFF;
        if (count > Limits.GENERATION_HISTORY) {
            return null;
        }
        List<Long> history = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            history.add(in.getLong());
        }
        return new Generations(current, bitmap, history);
    }

    private static void putName(String name, ByteBuffer target) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        target.put((byte) bytes.length).put(bytes);
    }

    private static @Nullable String name(ByteBuffer in) {
        int length = in.get() & 0xFF;
        if (length < 1 || length > Limits.MAX_NAME_LENGTH) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        for (byte character : bytes) {
            // It is shown to people: visible ASCII only.
            if (character <= ' ' || character > '~') {
                return null;
            }
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
