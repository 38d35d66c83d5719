package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.adjust.Adjuster;
import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.daemon.watch.Watch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds docs/openapi.yaml against the routes, both ways: paths, methods, and fields of bodies. */
class OpenApiTest {
    private static final Path DOCUMENT = Path.of("../docs/openapi.yaml");
    private static final String VERBS = "/v1/resources/{name}/";

    /** By path, then by method: the fields of the body. */
    private final Map<String, Map<String, List<String>>> documented = read();

    private final FakeOpener opener = new FakeOpener();
    private final Resources resources;
    private final EventHub hub;
    private final AdjustRoute adjusting;
    private final Routes routes;

    OpenApiTest(@TempDir Path directory) throws Exception {
        Fixture fixture = new Fixture(directory);
        resources = new Resources(fixture.configuration(), "alpha", opener);
        resources.upAll(Duration.ofSeconds(30));
        hub = new EventHub(resources);
        adjusting = new AdjustRoute(new Adjuster(fixture.configuration(), "alpha", resources));
        MetricsPage metrics = new MetricsPage("alpha", resources, Map.of());
        routes =
                new Routes(resources, hub, metrics, adjusting, new Watch(resources, Runnable::run));
        Request begun = Request.of("POST", "/v1/resources/r0/outdate", "", "respond-async", "");
        assertThat(routes.handle(begun).join().status()).isEqualTo(202);
    }

    @AfterEach
    void stop() {
        hub.close();
        adjusting.close();
        resources.close(Duration.ofSeconds(30));
    }

    @Test
    void everyPathAndMethodIsThereAndNoOther() {
        documented.forEach(
                (path, methods) -> {
                    for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
                        // A resource that is down by now is waited for.
                        boolean waits = path.contains("/wait-");
                        String body = waits ? "{\"timeout-seconds\": 0}" : "{}";
                        int status = ask(method, path, body).status();
                        if (methods.containsKey(method)) {
                            assertThat(status).as(method + " " + path).isNotIn(404, 405);
                        } else {
                            assertThat(status).as(method + " " + path).isEqualTo(405);
                        }
                    }
                });
    }

    @Test
    void everyRouteIsDescribed() {
        Set<String> paths = new TreeSet<>();
        CommandRoute.verbs().forEach(verb -> paths.add(VERBS + verb));
        paths.addAll(
                List.of(
                        "/metrics",
                        "/v1/adjust",
                        "/v1/events",
                        "/v1/operations",
                        "/v1/operations/{number}",
                        "/v1/status",
                        "/v1/watch",
                        "/v1/resources/{name}",
                        "/v1/resources/{name}/out-of-sync"));
        assertThat(documented.keySet()).containsExactlyInAnyOrderElementsOf(paths);
    }

    @Test
    void everyFieldIsDescribedAndNamedWhenItIsWrong() {
        documented.forEach(
                (path, methods) ->
                        methods.forEach(
                                (method, fields) -> {
                                    if (path.startsWith(VERBS) && method.equals("POST")) {
                                        String verb = path.substring(VERBS.length());
                                        assertThat(fields)
                                                .as(verb)
                                                .containsExactlyInAnyOrderElementsOf(
                                                        CommandRoute.fields(verb));
                                    }
                                    for (String field : fields) {
                                        Answer answer =
                                                ask(method, path, "{\"" + field + "\": []}");
                                        assertThat(answer.status()).as(path).isEqualTo(400);
                                        assertThat(answer.body())
                                                .contains("#/" + field, "must be ");
                                    }
                                    if (method.equals("POST")) {
                                        Answer answer = ask(method, path, "{\"nonsense\": true}");
                                        assertThat(answer.status()).as(path).isEqualTo(400);
                                        assertThat(answer.body()).contains("#/nonsense");
                                    }
                                }));
    }

    private Answer ask(String method, String path, String body) {
        String uri = path.replace("{name}", "r0").replace("{number}", "1");
        Answer answer = routes.handle(Request.of(method, uri, "", "", body)).join();
        EventStream stream = answer.stream();
        if (stream != null) {
            stream.end();
        }
        return answer;
    }

    /** The part of YAML that the document uses: what is deeper is indented by two more blanks. */
    private static Map<String, Map<String, List<String>>> read() {
        Map<String, Map<String, List<String>>> found = new LinkedHashMap<>();
        Map<String, List<String>> methods = Map.of();
        List<String> fields = List.of();
        boolean inPaths = false;
        for (String line : lines()) {
            String word = line.strip().split(":", 2)[0];
            if (line.matches("\\S.*")) {
                inPaths = line.equals("paths:");
            } else if (inPaths && line.matches(" {2}/.*:")) {
                methods = new LinkedHashMap<>();
                found.put(word, methods);
            } else if (inPaths && line.matches(" {4}(get|post|put|delete):")) {
                fields = new ArrayList<>();
                methods.put(word.toUpperCase(java.util.Locale.ROOT), fields);
            } else if (inPaths && line.matches(" {16}[a-z-]+: \\{type: .*")) {
                fields.add(word);
            }
        }
        return found;
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(DOCUMENT);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
