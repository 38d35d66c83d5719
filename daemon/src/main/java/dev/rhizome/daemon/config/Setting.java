package dev.rhizome.daemon.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An option's value in a configuration, given or by default. */
public final class Setting {
    private final Option<?> option;
    private final List<String> place;
    private final Object value;
    private final String text;

    Setting(Option<?> option, List<String> place, Object value, String text) {
        this.option = option;
        this.place = List.copyOf(place);
        this.value = value;
        this.text = text;
    }

    /** Where it stands, with the names. */
    public String path() {
        return String.join(".", place) + "." + option.key();
    }

    /** The value, as one would write it. */
    public String text() {
        return text;
    }

    /** The value in one form, however it is written: for comparison with another node's. */
    String oneForm() {
        if (value instanceof Duration duration) {
            return duration.toMillis() + " ms";
        }
        return value instanceof Number ? value.toString() : text;
    }

    /** The resource that it belongs to; null if to all. */
    public @Nullable String resource() {
        return place.get(0).equals("resources") ? place.get(1) : null;
    }

    /** What it takes for another value to count on a node. */
    public ChangeRule rule(String node) {
        String owner =
                switch (option.section()) {
                    case NODE, PKI -> place.get(1);
                    case REPLICA -> place.get(3);
                    default -> node;
                };
        return owner.equals(node) ? ChangeRule.of(option) : ChangeRule.ofPeer(option);
    }

    /** Whether another one says the same. */
    public boolean sameAs(Setting other) {
        return value.equals(other.value);
    }
}
