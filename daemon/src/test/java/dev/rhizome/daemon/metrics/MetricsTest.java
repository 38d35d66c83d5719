package dev.rhizome.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.GeneratedSection;
import dev.rhizome.daemon.resource.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page, and what is made of it: docs/metrics.md, the dashboard and the alert rules speak only
 * of metrics that are on it. With -Drhizome.manual.write=true the table is written.
 */
class MetricsTest {
    private static final Path MONITORING = Path.of("../deploy/monitoring");
    private static final Path DOCUMENT = Path.of("../docs/metrics.md");
    private static final Pattern NAME =
            Pattern.compile("\\b(?:rhizome|drbd|jvm|process)_[a-z0-9_]+\\b");

    private final FakeOpener opener = new FakeOpener();
    private final Resources resources;
    private final MetricsPage page;

    MetricsTest(@TempDir Path directory) throws Exception {
        resources = new Resources(new Fixture(directory).configuration(), "alpha", opener);
        page = new MetricsPage("alpha", resources, Map.of("node", directory.resolve("none.crt")));
        opener.refusals.put("r1", "its disk is missing");
        resources.upAll(Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() {
        resources.close(Duration.ofSeconds(30));
    }

    @Test
    void thePageHasEveryMetricWithTypeAndHelp() {
        String text = page.text();

        for (Metric metric : Metric.values()) {
            String named = metric.type() == Metric.Type.HISTOGRAM ? metric.base() : metric.series();
            assertThat(text).contains("# HELP " + named + " ", "# TYPE " + named + " ");
            assertThat(series(text)).contains(metric.series());
        }
    }

    @Test
    void statesAndNumbersAreThoseOfTheStatus() {
        assertThat(page.text().lines())
                .contains(
                        "drbd_resource_role{name=\"r0\",drbd_resource_role=\"Primary\"} 1",
                        "drbd_resource_role{name=\"r0\",drbd_resource_role=\"Secondary\"} 0",
                        "drbd_device_state{name=\"r0\",volume=\"0\",drbd_device_state=\"UpToDate\"}"
                                + " 1",
                        "drbd_connection_state{conn_name=\"beta\",name=\"r0\","
                                + "drbd_connection_state=\"Connected\"} 1",
                        "rhizome_resource_up{name=\"r0\"} 1.0",
                        "rhizome_resource_up{name=\"r1\"} 0.0",
                        "rhizome_requests_failed_total{name=\"r0\"} 1.0",
                        "rhizome_events_total{name=\"r1\",rule=\"open-failed\"} 1.0");
    }

    @Test
    void histogramsAreCumulativeAndInSeconds() {
        assertThat(page.text().lines())
                .contains(
                        write("_bucket", ",le=\"5.0E-4\"") + " 0",
                        write("_bucket", ",le=\"0.001\"") + " 2",
                        write("_bucket", ",le=\"+Inf\"") + " 2",
                        write("_count", "") + " 2",
                        write("_sum", "") + " 0.0015");
    }

    private static String write(String suffix, String more) {
        return "rhizome_request_duration_seconds"
                + suffix
                + "{name=\"r0\",operation=\"write\""
                + more
                + "}";
    }

    @Test
    void aSplitBrainThatPartsTheNodesIsSeen() {
        assertThat(page.text()).contains("rhizome_split_brain{name=\"r0\"} 0.0");
        opener.volume("r0").status = FakeVolume.parted("r0", "alpha", "beta");

        assertThat(page.text()).contains("rhizome_split_brain{name=\"r0\"} 1.0");
    }

    @Test
    void aCertificateThatCannotBeReadHasExpired() {
        assertThat(page.text())
                .contains("rhizome_certificate_expiry_timestamp_seconds{certificate=\"node\"} 0.0");
        assertThat(Certificates.expiry(Path.of("/"))).isEqualTo(Instant.EPOCH);
    }

    @Test
    void dashboardAndAlertsUseOnlyMetricsThatThereAre() throws IOException {
        Set<String> there = series(page.text());
        String dashboard = Files.readString(MONITORING.resolve("grafana-dashboard.json"));
        String alerts = Files.readString(MONITORING.resolve("alerts.yml"));

        assertThat(JSON.std.mapFrom(dashboard)).containsKeys("panels", "uid", "title");
        assertThat(names(expressions(dashboard, "\"(?:expr|query)\": \"(.*)\"")))
                .hasSizeGreaterThan(20)
                .isSubsetOf(there);
        assertThat(names(expressions(alerts, "expr: (.*)")))
                .hasSizeGreaterThan(9)
                .isSubsetOf(there);
        for (String alert : alerts.split("- alert: ", -1)) {
            if (!alert.startsWith("#")) {
                assertThat(alert).contains("severity: ", "summary: ", "description: ");
            }
        }
    }

    @Test
    void theDocumentSaysWhatTheDeclarationSays() throws IOException {
        GeneratedSection.require(DOCUMENT, "metrics", table());
    }

    private static String table() {
        StringBuilder text = new StringBuilder("\n| metric | type | labels | meaning |\n");
        text.append("|---|---|---|---|\n");
        for (Metric metric : Metric.values()) {
            boolean histogram = metric.type() == Metric.Type.HISTOGRAM;
            text.append("| `").append(histogram ? metric.base() : metric.series()).append("` | ");
            text.append(metric.type().name().toLowerCase(java.util.Locale.ROOT)).append(" | ");
            text.append(String.join(", ", metric.labels())).append(" | ");
            text.append(metric.help()).append(" |\n");
        }
        return text.append('\n').toString();
    }

    private static Set<String> series(String text) {
        Set<String> names = new TreeSet<>();
        text.lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> names.add(line.split("[{ ]", 2)[0]));
        return names;
    }

    private static List<String> expressions(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().map(hit -> hit.group(1)).toList();
    }

    /** Names of metrics; a label that is named as its metric is one, too. */
    private static Set<String> names(List<String> expressions) {
        Set<String> names = new TreeSet<>();
        for (String expression : expressions) {
            Matcher matcher = NAME.matcher(expression);
            while (matcher.find()) {
                names.add(matcher.group());
            }
        }
        return names;
    }
}
