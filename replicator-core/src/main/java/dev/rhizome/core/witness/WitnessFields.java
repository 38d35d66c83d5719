package dev.rhizome.core.witness;

import dev.rhizome.core.Limits;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields that the wire and the file have in common. Big-endian:
 *
 * <pre>
 *  name      u8 length (1 to 63), visible ASCII
 *  holding   name resource, name node, u64 since (ms of the Unix epoch),
 *            u64 session, u64 ask, u8 uncounted (0 or 1), u8 count (1 to 64), count * u64 generation
 * </pre>
 */
final class WitnessFields {

    /** The most bytes that a holding takes. */
    static final int MAX_HOLDING_BYTES =
            2 * (1 + Limits.MAX_NAME_LENGTH) + 3 * 8 + 2 + Holding.MAX_GENERATIONS * 8;

    private WitnessFields() {}

    /** Writes a name, which must be usable, or empty where there may be none. */
    static void putName(ByteBuffer out, String name) {
        if (!usable(name)) {
            throw new IllegalArgumentException("a name that is not usable: " + name);
        }
        out.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Reads a name.
     *
     * @param what it is the name of
     */
    static String name(ByteBuffer in, String what) throws WitnessFormatException {
        String name = nameOrNone(in, what);
        if (name.isEmpty()) {
            throw new WitnessFormatException("the " + what + "'s name is empty");
        }
        return name;
    }

    static String nameOrNone(ByteBuffer in, String what) throws WitnessFormatException {
        int length = in.get() & 0xFF;
        if (length > Limits.MAX_NAME_LENGTH) {
            throw new WitnessFormatException("the " + what + "'s name is too long");
        }
        String name = text(in, length);
        if (!usable(name)) {
            throw new WitnessFormatException("the " + what + "'s name is not visible ASCII");
        }
        return name;
    }

    /** Names are shown to people: nothing but visible ASCII is in one. */
    static boolean usable(String name) {
        return name.length() <= Limits.MAX_NAME_LENGTH
                && name.chars().allMatch(each -> each > ' ' && each <= '~');
    }

    /** Some ASCII, in which anything else becomes a NUL. */
    static String text(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            byte each = in.get();
            text.append(each >= ' ' && each <= '~' ? (char) each : (char) 0);
        }
        return text.toString();
    }

    static void putHolding(ByteBuffer out, Holding holding) {
        putName(out, holding.resource());
        putName(out, holding.node());
        out.putLong(holding.sinceMs())
                .putLong(holding.session())
                .putLong(holding.ask())
                .put((byte) (holding.uncounted() ? 1 : 0))
                .put((byte) holding.generations().size());
        for (long generation : holding.generations()) {
            out.putLong(generation);
        }
    }

    static Holding holding(ByteBuffer in) throws WitnessFormatException {
        String resource = name(in, "resource");
        String node = name(in, "node");
        long sinceMs = in.getLong();
        long session = in.getLong();
        long ask = in.getLong();
        int uncounted = in.get() & 0xFF;
        int count = in.get() & 0xFF;
        if (uncounted > 1 || count < 1 || count > Holding.MAX_GENERATIONS) {
            throw new WitnessFormatException("a holding with " + count + " generations");
        }
        if (uncounted == 1 && count < Holding.MAX_GENERATIONS) {
            throw new WitnessFormatException("a holding that lacks generations");
        }
        List<Long> generations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long generation = in.getLong();
            if (generations.contains(generation)) {
                throw new WitnessFormatException("a holding with a generation twice");
            }
            generations.add(generation);
        }
        return new Holding(resource, node, sinceMs, session, ask, generations, uncounted == 1);
    }

    /** Whether a list is in the order of resource and node, and nothing is in it twice. */
    static boolean inOrder(List<Holding> holdings) {
        for (int i = 1; i < holdings.size(); i++) {
            Holding before = holdings.get(i - 1);
            Holding here = holdings.get(i);
            int resources = before.resource().compareTo(here.resource());
            if (resources > 0 || (resources == 0 && before.node().compareTo(here.node()) >= 0)) {
                return false;
            }
        }
        return true;
    }
}
