package dev.rhizome.fuzz;

import dev.rhizome.core.Limits;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockCodec.Decoded;
import dev.rhizome.core.metadata.SuperblockSlots;
import dev.rhizome.core.metadata.SuperblockSlots.Choice;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** Both slots of a superblock, one behind the other. */
final class SuperblockTarget implements Target {

    @Override
    public String name() {
        return "superblock";
    }

    @Override
    public List<byte[]> seeds() {
        Superblock fresh = Superblock.created("r0", 1 << 30);
        Superblock busy =
                new Superblock(
                        41,
                        "a-longer.name_" + "x".repeat(49),
                        Limits.MAX_VOLUME_BYTES,
                        0xFF,
                        new Generations(-1, 77, List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L)));
        return List.of(both(fresh, fresh), both(busy, busy.withSequence(42)), both(fresh, busy));
    }

    private static byte[] both(Superblock first, Superblock second) {
        ByteBuffer slot = ByteBuffer.allocate(Blocks.BYTES);
        ByteBuffer both = ByteBuffer.allocate(2 * Blocks.BYTES);
        SuperblockCodec.encode(first, slot);
        both.put(slot);
        SuperblockCodec.encode(second, slot);
        return both.put(slot).array();
    }

    @Override
    public void fixChecksums(byte[] input) {
        Blocks.fix(input, 8);
    }

    @Override
    public boolean accepts(byte[] input) {
        ByteBuffer both = Blocks.whole(input, 2);
        ByteBuffer first = both.slice(0, Blocks.BYTES);
        ByteBuffer second = both.slice(Blocks.BYTES, Blocks.BYTES);
        check(SuperblockCodec.decode(first));
        check(SuperblockCodec.decode(second));
        Choice choice = SuperblockSlots.choose(first, second);
        Superblock chosen = choice.superblock();
        Target.require((chosen == null) == !choice.problem().isEmpty(), "a choice and a problem");
        Target.require(!choice.foreign() || chosen == null, "a choice of what is foreign");
        return chosen != null;
    }

    private static void check(Decoded decoded) {
        Superblock found = decoded.superblock();
        Target.require((found == null) == !decoded.problem().isEmpty(), "a slot and a problem");
        if (found == null) {
            return;
        }
        Target.require(
                found.resource().chars().allMatch(each -> each > ' ' && each < 127),
                "a name that upsets a terminal");
        Target.require(
                found.volumeBytes() > 0 && found.volumeBytes() <= Limits.MAX_VOLUME_BYTES,
                "an impossible size");
        ByteBuffer again = ByteBuffer.allocate(Blocks.BYTES);
        SuperblockCodec.encode(found, again);
        Target.require(
                Objects.equals(SuperblockCodec.decode(again).superblock(), found),
                "what was read cannot be written");
    }
}
