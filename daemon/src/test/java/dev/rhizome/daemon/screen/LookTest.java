package dev.rhizome.daemon.screen;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookTest {
    private static final String TEXT =
            """
            r0 role:Primary
              disk:UpToDate
              suspended:fencing
              beta role:Secondary
                replication:SyncSource peer-disk:Inconsistent done:12.50
              warning:the certificate ends in 3 days

            r1 down
              reason:role:nothing
            """;

    @ParameterizedTest
    @CsvSource({
        "auto, true, '', xterm, true",
        "auto, false, '', xterm, false",
        "auto, true, 1, xterm, false",
        "auto, true, '', dumb, false",
        "always, false, 1, dumb, true",
        "never, true, '', xterm, false"
    })
    void coloursAreWhereTheyAreWanted(
            Look.When when, boolean terminal, String noColor, String term, boolean colours) {
        Map<String, String> variables = Map.of("NO_COLOR", noColor, "TERM", term);
        assertThat(Look.of(when, variables, terminal).colours()).isEqualTo(colours);
    }

    @Test
    void theLocaleSaysWhatCharactersThereAre() {
        assertThat(unicode(Map.of("LANG", "de_DE.UTF-8"))).isTrue();
        assertThat(unicode(Map.of("LANG", "de_DE.UTF-8", "LC_ALL", "C"))).isFalse();
        assertThat(unicode(Map.of("LC_CTYPE", "C.utf8", "LANG", "C"))).isTrue();
        assertThat(unicode(Map.of())).isFalse();
    }

    private static boolean unicode(Map<String, String> variables) {
        return Look.of(Look.When.never, variables, false).unicode();
    }

    @Test
    void coloursLeaveTheTextAsItIs() {
        assertThat(StatusColours.paint(TEXT, new Look(false, true))).isEqualTo(TEXT);
        String painted = StatusColours.paint(TEXT, new Look(true, true));
        assertThat(painted.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(TEXT);
        assertThat(painted)
                .contains(
                        "\u001b[1mr0\u001b[0m role:\u001b[32mPrimary\u001b[0m",
                        "disk:\u001b[32mUpToDate\u001b[0m",
                        "\u001b[31m\u001b[1m  suspended:fencing\u001b[0m",
                        "replication:\u001b[36mSyncSource\u001b[0m",
                        "peer-disk:\u001b[33mInconsistent\u001b[0m",
                        "\u001b[33m  warning:the certificate ends in 3 days\u001b[0m",
                        "\u001b[1mr1\u001b[0m \u001b[31m\u001b[1mdown\u001b[0m")
                .contains("beta role:Secondary\n");
    }
}
