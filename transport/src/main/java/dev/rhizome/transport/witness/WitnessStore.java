package dev.rhizome.transport.witness;

import java.io.IOException;

/** Where the ledger is kept. */
public interface WitnessStore {

    /**
     * Makes this the content, durably. May block; is called by one thread at a time.
     *
     * @throws IOException if it is not known to be; the message is one line
     */
    void write(byte[] image) throws IOException;
}
