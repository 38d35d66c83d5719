package dev.rhizome.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No option goes without its unit, range, default and meaning. */
class OptionsTest {
    private static final Pattern RANGE =
            Pattern.compile(
                    "(?:0, or )?(integer|percent|duration|bytes a second|bytes)?,? ?"
                            + "(\\d+)([A-Za-z]*) to (\\d+)([A-Za-z]*)(?:, or .*)?");
    private static final Pattern WORDS = Pattern.compile("[a-z0-9-]+(?:, [a-z0-9-]+)+");
    private static final List<String> KINDS = List.of("path", "PORT", "a node's name");

    static List<Option<?>> options() {
        return Options.ALL;
    }

    @ParameterizedTest
    @MethodSource("options")
    void itsMeaningIsASentence(Option<?> option) {
        assertThat(option.meaning()).matches("(?s)[A-Z].{10,}[.]").doesNotContain("\n", "  ");
        assertThat(option.key()).matches("[a-z][a-z0-9-]*");
    }

    @ParameterizedTest
    @MethodSource("options")
    void whatMayStandThereHasUnitAndRange(Option<?> option) throws BadValue {
        String type = option.type().description();
        Matcher range = RANGE.matcher(type);
        if (range.matches()) {
            assertThat(range.group(1)).as(option.path()).isNotNull();
            assertThat(range.group(5)).as("the unit of " + option.path()).isNotNull();
            option.type().parser().parse(range.group(2) + range.group(3));
            option.type().parser().parse(range.group(4) + range.group(5));
            refused(option, Long.parseLong(range.group(4)) + 1 + range.group(5));
            long below = Long.parseLong(range.group(2)) - 1;
            if (below > 0) {
                refused(option, below + range.group(3));
            }
            if (!range.group(5).isEmpty()) {
                refused(option, "7");
            }
        } else {
            boolean kind = KINDS.stream().anyMatch(type::contains);
            boolean words = WORDS.matcher(type).matches() || type.equals("true or false");
            assertThat(kind || words).as(option.path() + ": " + type).isTrue();
        }
    }

    private static void refused(Option<?> option, String text) {
        assertThatThrownBy(() -> option.type().parser().parse(text))
                .as(option.path() + " = " + text)
                .isInstanceOf(BadValue.class);
    }

    @Test
    void noOptionIsForgotten() throws IllegalAccessException {
        Set<String> declared = new TreeSet<>();
        for (var field : Options.class.getDeclaredFields()) {
            if (field.getType() == Option.class) {
                declared.add(((Option<?>) field.get(null)).path());
            }
        }
        HandlerOptions.list().forEach(option -> declared.add(option.path()));
        assertThat(Options.ALL)
                .extracting(Option::path)
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(declared);
        assertThat(OptionHelp.all()).hasSameSizeAs(Options.ALL);
    }
}
