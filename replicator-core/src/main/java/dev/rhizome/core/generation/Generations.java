package dev.rhizome.core.generation;

import dev.rhizome.core.Limits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The generation identifiers of one node's data: which generation it is, which one the peer was
 * last known to have, and which came before. Immutable.
 *
 * @param current the generation of this data; {@link #JUST_CREATED} before there is any
 * @param bitmap the generation that the peer has, if it lacks what came since; else {@link #NONE}
 * @param history earlier generations, newest first, at most {@link Limits#GENERATION_HISTORY}
 */
public record Generations(long current, long bitmap, List<Long> history) {

    /** No generation. */
    public static final long NONE = 0;

    /** The generation of fresh metadata, which no data ever had. */
    public static final long JUST_CREATED = 4;

    private static final long LARGEST_RESERVED = 15;

    /** Copies the history. */
    public Generations {
        if (history.size() > Limits.GENERATION_HISTORY) {
            throw new IllegalArgumentException("history of " + history.size());
        }
        history = List.copyOf(history);
    }

    /** What fresh metadata holds. */
    public static Generations justCreated() {
        return new Generations(JUST_CREATED, NONE, List.of());
    }

    /** A fresh identifier that is none of the reserved ones. */
    public static long fresh(GenerationSource source) {
        long value = source.next();
        while (value >= 0 && value <= LARGEST_RESERVED) {
            value = source.next();
        }
        return value;
    }

    /** Whether there never was any data. */
    public boolean isJustCreated() {
        return current == JUST_CREATED || current == NONE;
    }

    /**
     * A new current generation, which the peer does not have (INV-09). The bitmap generation stays
     * that of the first such change: it is what the peer still has.
     */
    public Generations bump(long fresh) {
        if (isJustCreated()) {
            return new Generations(fresh, NONE, history);
        }
        return new Generations(fresh, bitmap == NONE ? current : bitmap, pushed(current));
    }

    /**
     * As source of a resync: the target is marked with the bitmap generation, so there is one. A
     * copy of everything has a fresh one: what the peer had before does not matter, and should its
     * old disk come back, the bits do not tell what that one lacks.
     */
    public Generations markSyncSource(long fresh, boolean full) {
        if (bitmap == NONE) {
            return new Generations(current, fresh, history);
        }
        return full ? new Generations(current, fresh, pushed(bitmap)) : this;
    }

    /** The resync is over: the peer has the current generation again. */
    public Generations peerHasCurrent() {
        return bitmap == NONE ? this : new Generations(current, NONE, pushed(bitmap));
    }

    /** What a SyncTarget is while blocks arrive: its own past does not count any more. */
    public static Generations syncTarget(long syncGeneration) {
        return new Generations(syncGeneration, NONE, List.of());
    }

    /** Takes over the source's generation at the end of a resync. */
    public static Generations adopted(Generations source) {
        return new Generations(source.current, NONE, source.peerHasCurrent().history);
    }

    private List<Long> pushed(long value) {
        List<Long> result = new ArrayList<>(history);
        result.remove(value);
        result.add(0, value);
        if (result.size() > Limits.GENERATION_HISTORY) {
            result = result.subList(0, Limits.GENERATION_HISTORY);
        }
        return Collections.unmodifiableList(result);
    }

    /** Sixteen hexadecimal digits each: current, bitmap, then history. */
    public List<String> asText() {
        List<String> text = new ArrayList<>();
        text.add(hex(current));
        text.add(hex(bitmap));
        for (long value : history) {
            text.add(hex(value));
        }
        return text;
    }

    private static String hex(long value) {
        return String.format("%016X", value);
    }
}
