package dev.rhizome.daemon.control;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.event.Subscription;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.daemon.watch.Watch;
import dev.rhizome.replicator.OutOfSyncMap;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What each path does; no sockets here.
 *
 * <pre>
 * GET  /v1/status                        all resources: an array (or text, if text/plain is asked)
 * GET  /metrics                          for Prometheus
 * GET  /v1/watch                         what a screen shows: all resources, and the last minute
 * GET  /v1/resources/NAME/out-of-sync    where it is out of sync; ?cells=NUMBER
 * POST /v1/adjust                        {"dry-run": false}
 * GET  /v1/events                        server-sent events (or lines); ?resource=NAME for one
 * GET  /v1/operations                    what was begun without waiting: an array
 * GET  /v1/operations/NUMBER             one of them
 * GET  /v1/resources/NAME                one resource: the array's element
 * POST /v1/resources/NAME/primary        {"force": false}
 * POST /v1/resources/NAME/secondary      {"force": false}
 * POST /v1/resources/NAME/connect        {"discard-my-data": false, "tentative": false}
 * POST /v1/resources/NAME/detach         {"force": false}
 * POST /v1/resources/NAME/replace        {"force": false}
 * POST /v1/resources/NAME/verify         {"start": 0, "stop": 0, "repair": false,
 *                                         "repair-found": false, "cancel": false}
 * POST /v1/resources/NAME/new-current-uuid {"clear-bitmap": true}
 * POST /v1/resources/NAME/up | down | disconnect | attach | pause-sync
 *                                 | resume-sync | invalidate | invalidate-remote
 * POST /v1/resources/NAME/suspend-io | resume-io | outdate
 * POST /v1/resources/NAME/resize         {"size-bytes": 0, "assume-clean": false}
 * POST /v1/resources/NAME/wait-connect | wait-sync {"timeout-seconds": 60}
 * </pre>
 *
 * <p>With {@code Prefer: respond-async} what is asked of a resource is answered at once, by 202 and
 * an operation ({@link Operations}).
 */
final class Routes {
    private static final String RESOURCES = "/v1/resources/";
    private static final String ADJUST = "/v1/adjust";
    private static final String METRICS = "/metrics";
    private static final String EVENTS = "/v1/events";
    static final String WATCH = "/v1/watch";
    private static final String MAP = "out-of-sync";
    private static final String ONE = "resource";
    private static final String CELLS = "cells";
    private static final int DEFAULT_CELLS = 64;

    private final Resources resources;
    private final EventHub hub;
    private final MetricsPage metrics;
    private final AdjustRoute adjusting;
    private final Operations operations = new Operations(Clock.systemUTC());
    private final CommandRoute commands;
    private final Watch watch;

    Routes(
            Resources resources,
            EventHub hub,
            MetricsPage metrics,
            AdjustRoute adjusting,
            Watch watch) {
        this.watch = watch;
        this.adjusting = adjusting;
        this.resources = resources;
        this.hub = hub;
        this.metrics = metrics;
        this.commands = new CommandRoute(hub, operations);
    }

    /** The answer to a request over TCP, where only the metrics are. */
    CompletableFuture<Answer> handleStranger(Request request) {
        return request.path().equals(METRICS)
                ? handle(request)
                : now(Answer.problem(404, "no-such-path", "No such path", "try GET /metrics"));
    }

    /** The answer to a request; the future does not fail for what a client can cause. */
    CompletableFuture<Answer> handle(Request request) {
        String method = request.method();
        String path = request.path();
        boolean asText = request.wantsText();
        if (path.equals("/v1/status")) {
            return now(
                    method.equals("GET")
                            ? status(resources.all(), asText)
                            : Answer.methodProblem("GET"));
        }
        if (path.equals(METRICS)) {
            return now(
                    method.equals("GET")
                            ? Answer.text(MetricsPage.CONTENT_TYPE, metrics.text())
                            : Answer.methodProblem("GET"));
        }
        if (path.equals(WATCH)) {
            return method.equals("GET")
                    ? watch.look().thenApply(Answer::json)
                    : now(Answer.methodProblem("GET"));
        }
        if (path.equals(ADJUST)) {
            return method.equals("POST")
                    ? withFields(request.body(), adjusting::begin)
                    : now(Answer.methodProblem("POST"));
        }
        if (path.equals(EVENTS)) {
            return now(method.equals("GET") ? events(request) : Answer.methodProblem("GET"));
        }
        if (path.equals(Operations.PATH) || path.startsWith(Operations.PATH + "/")) {
            return now(method.equals("GET") ? operations(path) : Answer.methodProblem("GET"));
        }
        if (!path.startsWith(RESOURCES)) {
            return now(Answer.problem(404, "no-such-path", "No such path", "try GET /v1/status"));
        }
        String[] parts = path.substring(RESOURCES.length()).split("/", -1);
        ManagedResource resource = resources.find(parts[0]);
        if (resource == null) {
            return now(noSuchResource());
        }
        if (parts.length == 1) {
            return now(method.equals("GET") ? one(resource, asText) : Answer.methodProblem("GET"));
        }
        if (parts.length == 2 && parts[1].equals(MAP)) {
            return method.equals("GET") ? map(resource, request) : now(Answer.methodProblem("GET"));
        }
        if (parts.length > 2 || !CommandRoute.verbs().contains(parts[1])) {
            return now(
                    Answer.problem(
                            404,
                            "no-such-path",
                            "No such path",
                            "a resource takes " + String.join(", ", CommandRoute.verbs())));
        }
        return method.equals("POST")
                ? withFields(
                        request.body(),
                        fields -> commands.begin(resource, parts[1], fields, request.async()))
                : now(Answer.methodProblem("POST"));
    }

    private CompletableFuture<Answer> map(ManagedResource resource, Request request) {
        int cells = DEFAULT_CELLS;
        for (Map.Entry<String, String> field : request.query().entrySet()) {
            if (!field.getKey().equals(CELLS)) {
                return now(Answer.fieldProblem(field.getKey(), "only \"" + CELLS + "\" is known"));
            }
            boolean fits = field.getValue().matches("[1-9][0-9]{0,3}");
            cells = fits ? Integer.parseInt(field.getValue()) : 0;
            if (cells < 1 || cells > OutOfSyncMap.MAX_CELLS) {
                return now(
                        Answer.fieldProblem(
                                CELLS, "must be a number, 1 to " + OutOfSyncMap.MAX_CELLS));
            }
        }
        return watch.map(resource, cells).thenApply(Answer::json);
    }

    private Answer operations(String path) {
        if (path.equals(Operations.PATH)) {
            return Answer.json(operations.all());
        }
        Operation operation = operations.find(path.substring(Operations.PATH.length() + 1));
        return operation == null
                ? Answer.problem(
                        404,
                        "no-such-operation",
                        "No such operation",
                        "there is none of that number, or it has long ended; GET "
                                + Operations.PATH
                                + " lists those that are remembered")
                : Answer.json(operation.tree());
    }

    private Answer noSuchResource() {
        return Answer.problem(
                404,
                "no-such-resource",
                "No such resource",
                "this node has no resource of that name; its resources: " + names());
    }

    private Answer events(Request request) {
        for (String field : request.query().keySet()) {
            if (!field.equals(ONE)) {
                return Answer.fieldProblem(field, "only \"" + ONE + "\" is known");
            }
        }
        String one = request.query().get(ONE);
        if (one != null && resources.find(one) == null) {
            return noSuchResource();
        }
        Subscription subscription = hub.subscribe(one);
        if (subscription == null) {
            return Answer.problem(
                    503,
                    "too-many",
                    "Too many readers",
                    EventHub.MAX_READERS + " clients read events already; end one of them");
        }
        EventFormat format = request.wantsText() ? EventFormat.LINES : EventFormat.EVENTS;
        return Answer.stream(new EventStream(subscription, format));
    }

    private static CompletableFuture<Answer> withFields(
            String body, Function<Map<String, Object>, CompletableFuture<Answer>> then) {
        Map<String, Object> fields;
        try {
            fields = body.isBlank() ? Map.of() : JSON.std.mapFrom(body);
        } catch (IOException | ClassCastException e) {
            return now(
                    Answer.problem(
                            400, "bad-json", "Bad JSON", "the body must be one JSON object"));
        }
        return then.apply(fields == null ? Map.of() : fields);
    }

    private static Answer status(java.util.Collection<ManagedResource> all, boolean asText) {
        List<ResourceStatus> statuses = all.stream().map(ManagedResource::status).toList();
        return asText
                ? Answer.text(StatusText.of(statuses))
                : Answer.json(statuses.stream().map(StatusJson::of).toList());
    }

    private static Answer one(ManagedResource resource, boolean asText) {
        ResourceStatus status = resource.status();
        return asText
                ? Answer.text(StatusText.of(List.of(status)))
                : Answer.json(StatusJson.of(status));
    }

    private String names() {
        return String.join(", ", resources.all().stream().map(ManagedResource::name).toList());
    }

    private static CompletableFuture<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
