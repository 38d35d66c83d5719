package dev.rhizome.core.handshake;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a node's configuration says of the resource, option by option. Both nodes shall have the
 * same file: this is compared so that a person hears where they do not, and decides nothing.
 *
 * @param values by the option's name, as one would write them
 */
public record SharedOptions(SortedMap<String, String> values) {

    /** Of a node that has not said. */
    public static final SharedOptions NONE = new SharedOptions(new TreeMap<>());

    private static final int MOST = 1024;

    /**
     * An option that the two nodes have with different values.
     *
     * @param option its name
     * @param here this node's value
     * @param there the peer's
     */
    public record Difference(String option, String here, String there) {
        /** One line for a person. */
        public String line() {
            return option + " is " + shown(here) + " here, " + shown(there) + " there";
        }

        private static String shown(String value) {
            return value.isEmpty() ? "\"\"" : value;
        }
    }

    /** A copy that nobody changes. */
    public SharedOptions {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    /** The same, from any map. */
    public static SharedOptions of(Map<String, String> values) {
        return new SharedOptions(new TreeMap<>(values));
    }

    /**
     * What both have and have differently. What only one of them knows is of another release, and
     * has its default there.
     */
    public List<Difference> differencesFrom(SharedOptions peer) {
        List<Difference> found = new ArrayList<>();
        values.forEach(
                (option, here) -> {
                    String there = peer.values.get(option);
                    if (there != null && !there.equals(here)) {
                        found.add(new Difference(option, here, there));
                    }
                });
        return found;
    }

    /** The body of an OPTIONS frame: a line each, as many as there is room for. */
    public ByteBuffer encode(ByteBuffer target) {
        target.clear();
        for (Map.Entry<String, String> value : values.entrySet()) {
            String line = clean(value.getKey()) + "=" + clean(value.getValue()) + "\n";
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > target.remaining()) {
                break;
            }
            target.put(bytes);
        }
        return target.flip();
    }

    /** What a body says, without what could upset a terminal; what is no option is left out. */
    public static SharedOptions decode(ByteBuffer body) {
        String text = StandardCharsets.UTF_8.decode(body.duplicate()).toString();
        SortedMap<String, String> values = new TreeMap<>();
        for (String line : text.split("\n", MOST + 1)) {
            int equals = line.indexOf('=');
            if (equals > 0 && values.size() < MOST && line.indexOf('\n') < 0) {
                values.put(clean(line.substring(0, equals)), clean(line.substring(equals + 1)));
            }
        }
        return new SharedOptions(values);
    }

    private static String clean(String text) {
        return text.replaceAll("\\p{Cc}", " ");
    }
}
