package dev.rhizome.linux;

import java.io.IOException;
import java.nio.charset.Charset;
import java.util.concurrent.TimeUnit;

/** Modules of the kernel: modprobe(8). */
public final class KernelModule {

    /** A module is on a local disk; what takes longer than this hangs. */
    private static final long PATIENCE_S = 30;

    private KernelModule() {}

    /**
     * Loads a module, if it is not there yet.
     *
     * @param name the module's name
     * @return empty if it is there now, else one line that says why not
     */
    public static String load(String name) {
        Process modprobe;
        try {
            modprobe = new ProcessBuilder("modprobe", name).redirectErrorStream(true).start();
        } catch (IOException e) {
            return "this machine has no modprobe";
        }
        try {
            modprobe.getOutputStream().close();
            if (!modprobe.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                return "modprobe " + name + " has not ended within " + PATIENCE_S + " s";
            }
            // It says a line or two, which the pipe holds.
            byte[] said = modprobe.getInputStream().readAllBytes();
            return modprobe.exitValue() == 0 ? "" : whyNot(name, said, modprobe.exitValue());
        } catch (IOException e) {
            return "modprobe " + name + ": " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "modprobe " + name + " was interrupted";
        } finally {
            modprobe.destroyForcibly();
        }
    }

    private static String whyNot(String name, byte[] said, int exitCode) {
        String line =
                new String(said, Charset.defaultCharset()).strip().lines().findFirst().orElse("");
        return line.isEmpty() ? "modprobe " + name + " failed with exit code " + exitCode : line;
    }
}
