package dev.rhizome.daemon.screen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The screen, character by character. */
class WatchScreenTest {
    private static final Look PLAIN = new Look(false, true);
    private static final String WATCH =
            """
            {"node": "alpha", "time": "2024-05-06T07:08:09Z", "resources": [
              {"name": "r0",
               "verdict": {"level": "busy", "title": "beta is being brought up to date",
                           "detail": "Until then only alpha has all data: 25 s left."},
               "nodes": [
                 {"name": "alpha", "role": {"text": "Primary", "level": "good"},
                  "disk": {"text": "UpToDate", "level": "good"}, "place": "/dev/rhizome/r0"},
                 {"name": "beta", "role": {"text": "Secondary", "level": "none"},
                  "disk": {"text": "Inconsistent", "level": "warning"}, "place": ""}],
               "link": {"connection": {"text": "Connected", "level": "good"},
                        "replication": {"text": "SyncSource", "level": "busy"},
                        "text": "192.168.7.2:7790"},
               "notes": ["configuration differs: net.ping-timeout"],
               "progress": [{"title": "Resync from alpha to beta", "percent": 50.0,
                             "text": "3.0 GiB of 6.0 GiB, 120.0 MiB/s, 25 s left"}],
               "series": [
                 {"title": "Client writes", "now": "8 B/s", "most": "8 B/s", "most-value": 8,
                  "values": [0, 1, 2, 3, 4, 5, 6, 7, 8]},
                 {"title": "Write time", "now": "", "most": "0 µs", "most-value": 0,
                  "values": [null]}],
               "out-of-sync": "3.0 GiB",
               "map": {"known": true, "text": "4 of 5 cells are out of sync (1.2 GiB each)",
                       "percents": [0, 1, 50, 75, 100]},
               "events": [{"rule": "sync-recorded", "reason": "copying"}]},
              {"name": "r1", "verdict": {"level": "bad", "title": "r1 is down on alpha",
                                         "detail": "Its disk is missing."}}]}
            """;

    @Test
    void aWideScreen() throws Exception {
        assertThat(draw(PLAIN, "", "", 80, 40))
                .isEqualTo(
                        """
                        Rhizome on alpha                                                    07:08:09 UTC

                        ↻ r0  beta is being brought up to date
                            Until then only alpha has all data: 25 s left.
                            alpha           Primary    UpToDate      /dev/rhizome/r0
                            beta            Secondary  Inconsistent
                            link            Connected  SyncSource    192.168.7.2:7790
                            ! configuration differs: net.ping-timeout
                            Resync from alpha to beta: 50.0 %, 3.0 GiB of 6.0 GiB, 120.0 MiB/s, 25 s
                            left
                            ████████████████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
                            Client writes          8 B/s                      ▁▁▂▃▄▅▆▇█  max 8 B/s
                            Write time             -                                     max 0 µs
                            Out of sync            3.0 GiB      4 of 5 cells are out of sync (1.2 GiB e…
                            ·░▒▓█
                            copying (sync-recorded)

                        ✗ r1  r1 is down on alpha
                            Its disk is missing.

                        q or Ctrl-C ends
                        """);
    }

    @Test
    void aNarrowScreenInAsciiWithLittleRoom() throws Exception {
        assertThat(draw(new Look(false, false), "r0", "", 46, 12))
                .isEqualTo(
                        """
                        Rhizome on alpha                  07:08:09 UTC

                        ~ r0  beta is being brought up to date
                            Until then only alpha has all data: 25 s
                            left.
                            alpha           Primary    UpToDate      ~
                            beta            Secondary  Inconsistent
                            link            Connected  SyncSource    ~
                            ! configuration differs: net.ping-timeout
                            Resync from alpha to beta: 50.0 %, 3.0 GiB
                            of 6.0 GiB, 120.0 MiB/s, 25 s left
                        8 more lines: enlarge the window
                        """);
    }

    @Test
    void whatIsOldIsSaid() throws Exception {
        assertThat(draw(PLAIN, "r1", "cannot reach the daemon", 60, 40))
                .startsWith(
                        """
                        Rhizome on alpha                                07:08:09 UTC
                        Old: cannot reach the daemon

                        ✗ r1
                        """
                                .stripTrailing());
    }

    @Test
    void statesHaveTheirColours() throws Exception {
        String screen = draw(new Look(true, true), "r0", "", 80, 40);

        assertThat(screen)
                .contains(
                        "\u001b[32mUpToDate\u001b[0m",
                        "\u001b[33mInconsistent\u001b[0m",
                        "\u001b[36m↻\u001b[0m");
        assertThat(screen.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(draw(PLAIN, "r0"));
    }

    @Test
    void whatComesFromElsewhereCannotSteerTheTerminal() {
        String evil = "\u001b]0;gone\u0007\r\n";
        List<String> lines =
                WatchScreen.draw(
                        Map.of("node", evil, "resources", List.of(Map.of("name", evil))),
                        "",
                        evil,
                        80,
                        40,
                        PLAIN);
        assertThat(String.join("", lines)).doesNotContain("\u001b", "\u0007", "\r", "\n");
    }

    @Test
    void manyCellsAreMadeFewerAndTheFullestCounts() {
        double[] percents = new double[256];
        percents[255] = 100;
        String map = Bars.map(percents, 144, PLAIN);
        assertThat(map).hasSize(128).endsWith("·█");
    }

    private static String draw(Look look, String resource) throws Exception {
        return draw(look, resource, "", 80, 40);
    }

    private static String draw(Look look, String resource, String problem, int columns, int rows)
            throws Exception {
        List<String> lines =
                WatchScreen.draw(JSON.std.mapFrom(WATCH), resource, problem, columns, rows, look);
        return String.join("\n", lines) + "\n";
    }
}
