package dev.rhizome.daemon.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param where the file, with the line where there is one
 * @param what what is wrong and what to do, one line
 */
public record Finding(String where, String what) {

    @Override
    public String toString() {
        return where + ": " + what;
    }
}
