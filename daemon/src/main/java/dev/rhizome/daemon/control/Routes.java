package dev.rhizome.daemon.control;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.event.Subscription;
import dev.rhizome.daemon.event.WaitGoal;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.ConnectMode;
import dev.rhizome.replicator.IoCommand;
import dev.rhizome.replicator.SyncCommand;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * What each path does; no sockets here.
 *
 * <pre>
 * GET  /v1/status                        all resources: an array (or text, if text/plain is asked)
 * GET  /metrics                          for Prometheus
 * POST /v1/adjust                        {"dry-run": false}
 * GET  /v1/events                        server-sent events (or lines); ?resource=NAME for one
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
 */
final class Routes {
    private static final String RESOURCES = "/v1/resources/";
    private static final long COMMAND_LIMIT_SECONDS = 90;
    private static final Map<String, Function<ManagedResource, CompletableFuture<CommandResult>>>
            PLAIN_COMMANDS =
                    Map.ofEntries(
                            Map.entry("up", ManagedResource::up),
                            Map.entry("down", ManagedResource::down),
                            Map.entry("disconnect", ManagedResource::disconnect),
                            Map.entry("attach", ManagedResource::attach),
                            Map.entry("pause-sync", resource -> resource.sync(SyncCommand.PAUSE)),
                            Map.entry("resume-sync", resource -> resource.sync(SyncCommand.RESUME)),
                            Map.entry(
                                    "invalidate",
                                    resource -> resource.sync(SyncCommand.INVALIDATE)),
                            Map.entry(
                                    "invalidate-remote",
                                    resource -> resource.sync(SyncCommand.INVALIDATE_REMOTE)),
                            Map.entry("suspend-io", resource -> resource.io(IoCommand.SUSPEND)),
                            Map.entry("resume-io", resource -> resource.io(IoCommand.RESUME)),
                            Map.entry("outdate", resource -> resource.io(IoCommand.OUTDATE)));
    private static final String PROMOTE = "primary";
    private static final String DEMOTE = "secondary";
    private static final String DETACH = "detach";
    private static final String REPLACE = "replace";
    private static final String FORCE = "force";
    private static final String CONNECT = "connect";
    private static final String DISCARD = "discard-my-data";
    private static final String TENTATIVE = "tentative";
    private static final String NEW_GENERATION = "new-current-uuid";
    private static final String CLEAR_BITMAP = "clear-bitmap";

    private static final String RESIZE = "resize";
    private static final String SIZE = "size-bytes";
    private static final String ASSUME_CLEAN = "assume-clean";

    /** The fields that each verb takes; all but the size are true or false. */
    private static final Map<String, List<String>> FIELDS =
            Map.of(
                    PROMOTE,
                    List.of(FORCE),
                    DEMOTE,
                    List.of(FORCE),
                    DETACH,
                    List.of(FORCE),
                    REPLACE,
                    List.of(FORCE),
                    CONNECT,
                    List.of(DISCARD, TENTATIVE),
                    NEW_GENERATION,
                    List.of(CLEAR_BITMAP),
                    RESIZE,
                    List.of(SIZE, ASSUME_CLEAN));

    private static final String ADJUST = "/v1/adjust";
    private static final String METRICS = "/metrics";
    private static final String EVENTS = "/v1/events";
    private static final String ONE = "resource";

    private final Resources resources;
    private final EventHub hub;
    private final MetricsPage metrics;
    private final AdjustRoute adjusting;

    Routes(Resources resources, EventHub hub, MetricsPage metrics, AdjustRoute adjusting) {
        this.adjusting = adjusting;
        this.resources = resources;
        this.hub = hub;
        this.metrics = metrics;
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
        if (path.equals(ADJUST)) {
            return method.equals("POST")
                    ? withFields(request.body(), adjusting::begin)
                    : now(Answer.methodProblem("POST"));
        }
        if (path.equals(EVENTS)) {
            return now(method.equals("GET") ? events(request) : Answer.methodProblem("GET"));
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
        if (parts.length > 2 || !verbs().contains(parts[1])) {
            return now(
                    Answer.problem(
                            404,
                            "no-such-path",
                            "No such path",
                            "a resource takes " + String.join(", ", verbs())));
        }
        return method.equals("POST")
                ? withFields(request.body(), fields -> command(resource, parts[1], fields))
                : now(Answer.methodProblem("POST"));
    }

    /** What may be asked of a resource, by name. */
    static Set<String> verbs() {
        Set<String> verbs = new TreeSet<>(PLAIN_COMMANDS.keySet());
        verbs.addAll(FIELDS.keySet());
        verbs.add(VerifyRoute.VERB);
        for (WaitGoal goal : WaitGoal.values()) {
            verbs.add(goal.verb());
        }
        return verbs;
    }

    /** The fields that a verb takes. */
    static List<String> fields(String verb) {
        if (verb.equals(VerifyRoute.VERB)) {
            return VerifyRoute.fields();
        }
        return WaitRoute.goal(verb) != null
                ? List.of(WaitRoute.TIMEOUT)
                : FIELDS.getOrDefault(verb, List.of());
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

    private CompletableFuture<Answer> command(
            ManagedResource resource, String verb, Map<String, Object> fields) {
        if (verb.equals(VerifyRoute.VERB)) {
            VerifyRoute asked = VerifyRoute.of(fields);
            Answer problem = asked.problem();
            return problem == null ? answered(resource.verify(asked.order())) : now(problem);
        }
        WaitGoal goal = WaitRoute.goal(verb);
        if (goal != null) {
            return WaitRoute.begin(hub, resource.name(), goal, fields);
        }
        List<String> knownFields = FIELDS.getOrDefault(verb, List.of());
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            if (!knownFields.contains(field.getKey())) {
                return now(Answer.fieldProblem(field.getKey(), onlyKnown(knownFields)));
            }
            if (field.getKey().equals(SIZE)) {
                if (!(field.getValue() instanceof Number size) || size.longValue() < 0) {
                    return now(Answer.fieldProblem(SIZE, "must be a number of bytes, or 0"));
                }
            } else if (!(field.getValue() instanceof Boolean)) {
                return now(Answer.fieldProblem(field.getKey(), "must be true or false"));
            }
        }
        Function<ManagedResource, CompletableFuture<CommandResult>> plain =
                PLAIN_COMMANDS.get(verb);
        if (plain != null) {
            return answered(plain.apply(resource));
        }
        return switch (verb) {
            case PROMOTE -> answered(resource.promote(isSet(fields, FORCE)));
            case DEMOTE -> answered(resource.demote(isSet(fields, FORCE)));
            case RESIZE -> resize(resource, fields);
            case DETACH -> answered(resource.detach(isSet(fields, FORCE)));
            case REPLACE -> answered(resource.replace(isSet(fields, FORCE)));
            case NEW_GENERATION -> newGeneration(resource, isSet(fields, CLEAR_BITMAP));
            default -> connect(resource, isSet(fields, DISCARD), isSet(fields, TENTATIVE));
        };
    }

    private static CompletableFuture<Answer> resize(
            ManagedResource resource, Map<String, Object> fields) {
        long sizeBytes = fields.get(SIZE) instanceof Number size ? size.longValue() : 0;
        return answered(resource.resize(sizeBytes, isSet(fields, ASSUME_CLEAN)));
    }

    private static CompletableFuture<Answer> newGeneration(
            ManagedResource resource, boolean clearBitmap) {
        return clearBitmap
                ? answered(resource.sync(SyncCommand.SKIP_FIRST_COPY))
                : now(Answer.fieldProblem(CLEAR_BITMAP, "must be true: nothing else is offered"));
    }

    private static CompletableFuture<Answer> connect(
            ManagedResource resource, boolean discard, boolean tentative) {
        if (discard && tentative) {
            return now(Answer.fieldProblem(TENTATIVE, "does not go with \"" + DISCARD + "\""));
        }
        ConnectMode mode = ConnectMode.NORMAL;
        if (discard) {
            mode = ConnectMode.DISCARD_MY_DATA;
        } else if (tentative) {
            mode = ConnectMode.TENTATIVE;
        }
        return answered(resource.connect(mode));
    }

    private static boolean isSet(Map<String, Object> fields, String field) {
        return Boolean.TRUE.equals(fields.get(field));
    }

    private static String onlyKnown(List<String> fields) {
        return switch (fields.size()) {
            case 0 -> "none is known";
            case 1 -> "only \"" + fields.get(0) + "\" is known";
            default -> "only \"" + String.join("\" and \"", fields) + "\" are known";
        };
    }

    private static CompletableFuture<Answer> answered(CompletableFuture<CommandResult> result) {
        return result.copy()
                .orTimeout(COMMAND_LIMIT_SECONDS, TimeUnit.SECONDS)
                .thenApply(Answer::result)
                .exceptionally(
                        e -> {
                            if (e.getCause() instanceof TimeoutException) {
                                return Answer.problem(
                                        504,
                                        "no-answer",
                                        "No answer yet",
                                        "no answer within "
                                                + COMMAND_LIMIT_SECONDS
                                                + " s; the command may still take effect");
                            }
                            throw new CompletionException(e);
                        });
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
