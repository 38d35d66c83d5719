package dev.rhizome.core.witness;

import java.util.List;

/**
 * A ledger as it is remembered.
 *
 * @param sequence counts the changes
 * @param holdings in the order of resource and node
 */
public record LedgerImage(long sequence, List<Holding> holdings) {

    /** Of a witness that never granted anything. */
    public static final LedgerImage EMPTY = new LedgerImage(1, List.of());

    /** Copies the list. */
    public LedgerImage {
        holdings = List.copyOf(holdings);
    }
}
