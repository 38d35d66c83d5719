package dev.rhizome.daemon.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One option: everything that is to be known of it.
 *
 * @param section where it stands
 * @param key its name there
 * @param type its type, unit and range
 * @param standard the default as one would write it, with NODE, RESOURCE and WITNESS for the names;
 *     null if the option must be given
 * @param meaning one sentence for a person
 */
record Option<T>(
        Section section, String key, ValueType<T> type, @Nullable String standard, String meaning) {

    /** The sections of the file that hold options. */
    enum Section {
        NODE("nodes.NODE"),
        PKI("nodes.NODE.pki"),
        RESOURCE("resources.RESOURCE"),
        REPLICA("resources.RESOURCE.on.NODE"),
        NET("resources.RESOURCE.net"),
        DISK("resources.RESOURCE.disk"),
        HANDLERS("resources.RESOURCE.handlers"),
        WITNESS("witness"),
        WITNESS_PKI("witness.pki");

        private final String path;

        Section(String path) {
            this.path = path;
        }

        String path() {
            return path;
        }
    }

    String path() {
        return section.path() + "." + key;
    }

    /** By its path: the record's own, over all components, would cost a start dearly. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Option<?> option
                && section == option.section
                && key.equals(option.key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }

    /** The default for the given names, if there is one. */
    @Nullable T standardFor(Map<String, String> names) {
        if (standard == null) {
            return null;
        }
        try {
            return type.parser().parse(standardText(names));
        } catch (BadValue e) {
            throw new IllegalStateException("default of " + path() + ": " + e.getMessage(), e);
        }
    }

    /** That, as one would write it; empty if there is none. */
    String standardText(Map<String, String> names) {
        String text = standard == null ? "" : standard;
        for (Map.Entry<String, String> name : names.entrySet()) {
            text = text.replace(name.getKey(), name.getValue());
        }
        return text;
    }
}
