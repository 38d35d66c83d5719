package dev.rhizome.pki;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The openssl command, which others use on the same files. */
final class OpenSsl {

    private OpenSsl() {}

    /**
     * Runs it; the test is skipped if there is none.
     *
     * @return all that it has said; its exit code comes first
     */
    static String run(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(words));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            Assumptions.abort("there is no openssl command");
            throw e;
        }
        process.getOutputStream().close();
        byte[] said = process.getInputStream().readAllBytes();
        return process.waitFor() + " " + new String(said, StandardCharsets.UTF_8);
    }
}
