package dev.rhizome.daemon.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file and those of {@code conf.d} beside it, as one. What is said in two files must be the
 * same: neither is the stronger one.
 */
final class ConfigurationFiles {
    private static final String DROP_INS = "conf.d";
    private static final long MAX_FILE_BYTES = 1 << 20;
    private static final int MAX_FILES = 100;

    private ConfigurationFiles() {}

    /** All files, the first one first, the others by name. */
    static List<Path> all(Path file) throws ConfigurationException {
        List<Path> files = new ArrayList<>(List.of(file));
        Path folder = file.resolveSibling(DROP_INS);
        if (Files.isDirectory(folder)) {
            List<Path> more = new ArrayList<>();
            try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.conf")) {
                found.forEach(more::add);
            } catch (IOException e) {
                throw fault(folder.toString(), "cannot be read: " + e.getMessage());
            }
            more.sort(null);
            files.addAll(more);
        }
        if (files.size() > MAX_FILES) {
            throw fault(folder.toString(), "has more than " + (MAX_FILES - 1) + " files");
        }
        return files;
    }

    /**
     * Reads them.
     *
     * @param findings takes what contradicts itself
     */
    static ConfigObject read(Path file, List<Finding> findings) throws ConfigurationException {
        List<Config> parsed = new ArrayList<>();
        for (Path each : all(file)) {
            parsed.add(parse(each));
        }
        try {
            Config merged = parsed.get(0);
            for (Config each : parsed.subList(1, parsed.size())) {
                merged = merged.withFallback(each);
            }
            Config resolved = merged.resolve();
            if (parsed.size() > 1) {
                for (int left = 0; left < parsed.size(); left++) {
                    for (int right = left + 1; right < parsed.size(); right++) {
                        compare(
                                "",
                                parsed.get(left).resolveWith(resolved).root(),
                                parsed.get(right).resolveWith(resolved).root(),
                                findings);
                    }
                }
            }
            return resolved.root();
        } catch (ConfigException e) {
            throw syntaxFault(file, e);
        }
    }

    private static Config parse(Path file) throws ConfigurationException {
        if (!Files.isReadable(file)) {
            throw fault(
                    file.toString(),
                    "there is no such file, or it may not be read; say where it is with --config or"
                            + " RHIZOME_CONFIG");
        }
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_FILE_BYTES) {
                throw fault(file.toString(), "is not a file of at most 1 MiB");
            }
            return ConfigFactory.parseFile(
                    file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
        } catch (ConfigException e) {
            throw syntaxFault(file, e);
        } catch (IOException e) {
            throw fault(file.toString(), "cannot be read: " + e.getMessage());
        }
    }

    private static void compare(
            String path, ConfigObject left, ConfigObject right, List<Finding> findings) {
        for (Map.Entry<String, ConfigValue> entry : left.entrySet()) {
            ConfigValue other = right.get(entry.getKey());
            ConfigValue value = entry.getValue();
            String key = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            if (value instanceof ConfigObject section && other instanceof ConfigObject section2) {
                compare(key, section, section2, findings);
            } else if (other != null && !value.unwrapped().equals(other.unwrapped())) {
                findings.add(
                        new Finding(
                                where(other.origin()),
                                key
                                        + " contradicts "
                                        + where(value.origin())
                                        + ": say it in one file"));
            }
        }
    }

    private static String where(ConfigOrigin origin) {
        return origin.filename() == null
                ? origin.description()
                : origin.filename() + ":" + origin.lineNumber();
    }

    private static ConfigurationException syntaxFault(Path file, ConfigException e) {
        @Nullable ConfigOrigin origin = e.origin();
        String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
        if (origin == null) {
            return fault(file.toString(), message);
        }
        String prefix = origin.description() + ": ";
        String text = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
        String name = origin.filename() == null ? file.toString() : origin.filename();
        return fault(origin.lineNumber() > 0 ? name + ":" + origin.lineNumber() : name, text);
    }

    private static ConfigurationException fault(String where, String what) {
        return new ConfigurationException(new Finding(where, what));
    }
}
