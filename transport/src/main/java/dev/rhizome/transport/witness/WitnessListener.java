package dev.rhizome.transport.witness;

import java.io.IOException;

/** Who is told how a witness fares; from any thread. */
public interface WitnessListener {

    /**
     * The state file could not be written. The witness answers nobody any more; the process is to
     * end, and whoever starts it again reads what is in the file.
     */
    void storeFailed(IOException reason);

    /** Something escaped that is not the network's fault. */
    void bug(Throwable cause);
}
