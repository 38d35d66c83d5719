package dev.rhizome.daemon.doctor;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is so on one node, as names with dots and values: easy to carry to the other node, and to
 * read there by another version. A fact that is not known is not there.
 */
public final class Facts {
    private static final String FORMAT = "rhizome-doctor";
    private static final int VERSION = 1;
    private static final String CONTENT = "facts";

    private final Map<String, String> values = new TreeMap<>();

    /** Adds one; an empty value is none. */
    public Facts put(String name, Object value) {
        String text = String.valueOf(value);
        if (text.isEmpty()) {
            values.remove(name);
        } else {
            values.put(name, text);
        }
        return this;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** Empty if it is not known. */
    String text(String name) {
        return values.getOrDefault(name, "");
    }

    boolean is(String name, String value) {
        return text(name).equals(value);
    }

    /** A number, or something else if it is none, or not known. */
    long number(String name, long otherwise) {
        String text = text(name);
        return text.matches("-?[0-9]{1,18}") ? Long.parseLong(text) : otherwise;
    }

    /** The names that begin so. */
    Set<String> names(String prefix) {
        Set<String> names = new TreeSet<>();
        for (String name : values.keySet()) {
            if (name.startsWith(prefix)) {
                names.add(name);
            }
        }
        return names;
    }

    /** What stands for RESOURCE in the names resource.RESOURCE.disk. */
    Set<String> resources() {
        Set<String> names = new TreeSet<>();
        for (String name : names("resource.")) {
            if (name.endsWith(".disk")) {
                names.add(name.substring("resource.".length(), name.length() - ".disk".length()));
            }
        }
        return names;
    }

    /** The node's name; the host's if it is none. */
    public String node() {
        return has("node") ? text("node") : text("host");
    }

    /** How much later than its own time that is, in milliseconds. */
    public long ageMs(Instant printed) {
        return printed.toEpochMilli() - number("time.ms", printed.toEpochMilli());
    }

    /** They are told at this time. */
    public Facts at(Instant time) {
        return put("time.ms", time.toEpochMilli());
    }

    /** As a file. */
    public String json() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(FORMAT, VERSION);
        tree.put(CONTENT, values);
        try {
            return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(tree) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException("in memory", e);
        }
    }

    /**
     * From a file.
     *
     * @throws IOException if it is something else; the message is one line
     */
    public static Facts parse(String json) throws IOException {
        Map<String, Object> tree;
        try {
            tree = JSON.std.mapFrom(json);
        } catch (IOException | ClassCastException e) {
            throw new IOException("it is not what 'rhizome doctor --export' has printed", e);
        }
        boolean known = tree != null && Integer.valueOf(VERSION).equals(tree.get(FORMAT));
        if (!known || !(tree.get(CONTENT) instanceof Map<?, ?> values)) {
            throw new IOException("it is not what 'rhizome doctor --export' has printed");
        }
        Facts facts = new Facts();
        values.forEach((name, value) -> facts.put(String.valueOf(name), String.valueOf(value)));
        return facts;
    }
}
