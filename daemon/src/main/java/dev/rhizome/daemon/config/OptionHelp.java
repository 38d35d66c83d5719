package dev.rhizome.daemon.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What there is to know of an option, for a person.
 *
 * @param path its place in the file, with NODE and RESOURCE for the names
 * @param type what may stand there, with unit and range
 * @param standard its default; null if it must be given
 * @param meaning one sentence
 * @param change what it takes for another value to count on a running node
 */
public record OptionHelp(
        String path, String type, @Nullable String standard, String meaning, ChangeRule change) {

    private static OptionHelp of(Option<?> option) {
        return new OptionHelp(
                option.path(),
                option.type().description(),
                option.standard(),
                option.meaning(),
                ChangeRule.of(option));
    }

    /** Every option, in the order of the manual. */
    public static List<OptionHelp> all() {
        return Options.ALL.stream()
                .sorted(Comparator.comparing(Option::section))
                .map(OptionHelp::of)
                .toList();
    }

    /**
     * The options that a person means.
     *
     * @param word an option's key, its path, or the path of a section; names of nodes and resources
     *     may stand for NODE and RESOURCE
     * @return at least one
     * @throws ConfigurationException if there is none; the message names the nearest
     */
    public static List<OptionHelp> find(String word) throws ConfigurationException {
        List<OptionHelp> found = all().stream().filter(option -> option.isMeantBy(word)).toList();
        if (found.isEmpty()) {
            List<String> known = new ArrayList<>();
            Options.ALL.forEach(option -> known.add(option.key()));
            for (Option.Section section : Option.Section.values()) {
                known.add(section.path());
            }
            throw new ConfigurationException(
                    new Finding(
                            word,
                            "there is no such option or section; "
                                    + NearestName.hint(word, known)));
        }
        return found;
    }

    private boolean isMeantBy(String word) {
        if (path.endsWith("." + word)) {
            return true;
        }
        String[] asked = word.split("\\.", -1);
        String[] own = path.split("\\.", -1);
        if (asked.length > own.length) {
            return false;
        }
        for (int at = 0; at < asked.length; at++) {
            boolean placeholder = own[at].equals("NODE") || own[at].equals("RESOURCE");
            if (!placeholder && !own[at].equals(asked[at])) {
                return false;
            }
        }
        return true;
    }
}
