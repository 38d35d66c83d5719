package dev.rhizome.core.generation;

/** Where fresh generation identifiers come from: randomness is not the core's. */
public interface GenerationSource {

    /**
     * A value that was never given before and never will be, as good as 64 random bits can promise;
     * may be any value, the core refuses the reserved ones and asks again.
     */
    long next();
}
