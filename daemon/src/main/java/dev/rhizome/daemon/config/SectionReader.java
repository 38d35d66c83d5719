package dev.rhizome.daemon.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one section of the file; what is wrong is collected, not thrown. */
final class SectionReader {
    private final String file;
    private final String path;
    private final List<String> place;
    private final ConfigObject object;
    private final List<Finding> findings;
    private final Map<String, Setting> settings;

    /** The whole file. */
    SectionReader(
            String file,
            ConfigObject object,
            List<Finding> findings,
            Map<String, Setting> settings) {
        this(file, List.of(), object, findings, settings);
    }

    private SectionReader(
            String file,
            List<String> place,
            ConfigObject object,
            List<Finding> findings,
            Map<String, Setting> settings) {
        this.file = file;
        this.path = String.join(".", place);
        this.place = place;
        this.object = object;
        this.findings = findings;
        this.settings = settings;
    }

    String path() {
        return path;
    }

    /** The section's keys in the order of the file. */
    List<String> keys() {
        List<String> keys = new ArrayList<>(object.keySet());
        keys.sort(
                Comparator.comparingInt((String key) -> lineOf(key))
                        .thenComparing(Comparator.naturalOrder()));
        return keys;
    }

    /** Finds fault with every other key. */
    void allowOnly(Collection<String> known) {
        for (String key : keys()) {
            if (!known.contains(key)) {
                at(
                        key,
                        "unknown key \""
                                + key
                                + "\""
                                + inSection()
                                + "; "
                                + NearestName.hint(key, known));
            }
        }
    }

    /** The option's value or default; null if there is neither, which is a finding then. */
    <T> @Nullable T value(Option<T> option, Map<String, String> names) {
        ConfigValue value = object.get(option.key());
        if (value == null) {
            T standard = option.standardFor(names);
            if (standard == null) {
                here(option.key() + " is missing" + inSection() + ": " + option.meaning());
                return null;
            }
            note(option, standard, option.standardText(names));
            return standard;
        }
        try {
            boolean list = value instanceof ConfigList;
            if (value instanceof ConfigObject || (list && !option.type().list())) {
                throw new BadValue("a single value is expected here");
            }
            if (value.valueType() == ConfigValueType.NULL) {
                throw new BadValue("null is not a value; leave the key out for its default");
            }
            T parsed = option.type().parser().parse(value.unwrapped());
            note(option, parsed, String.valueOf(value.unwrapped()));
            return parsed;
        } catch (BadValue e) {
            at(
                    option.key(),
                    path
                            + "."
                            + option.key()
                            + ": "
                            + e.getMessage()
                            + " (expected: "
                            + option.type().description()
                            + ")");
            return null;
        }
    }

    private <T> void note(Option<T> option, T value, String text) {
        Setting setting = new Setting(option, place, value, text);
        settings.put(setting.path(), setting);
    }

    /** A section within this one; an empty one if it is not there or is none (a finding then). */
    SectionReader child(String key) {
        ConfigValue value = object.get(key);
        List<String> child = new ArrayList<>(place);
        child.add(key);
        String childPath = String.join(".", child);
        if (value instanceof ConfigObject section) {
            return new SectionReader(file, child, section, findings, settings);
        }
        if (value != null) {
            at(key, childPath + " must be a section: " + key + " { ... }");
        }
        ConfigObject empty = ConfigValueFactory.fromMap(Map.of()).withOrigin(object.origin());
        return new SectionReader(file, child, empty, findings, settings);
    }

    boolean has(String key) {
        return object.containsKey(key);
    }

    /** A finding on the section. */
    void here(String what) {
        findings.add(new Finding(where(object.origin()), what));
    }

    /** A finding on one key of the section. */
    void at(String key, String what) {
        ConfigValue value = object.get(key);
        findings.add(new Finding(where(value == null ? object.origin() : value.origin()), what));
    }

    private String inSection() {
        return path.isEmpty() ? "" : " in " + path;
    }

    private int lineOf(String key) {
        ConfigValue value = object.get(key);
        return value == null ? -1 : value.origin().lineNumber();
    }

    private String where(ConfigOrigin origin) {
        String name = origin.filename() == null ? file : origin.filename();
        return origin.lineNumber() > 0 ? name + ":" + origin.lineNumber() : name;
    }
}
