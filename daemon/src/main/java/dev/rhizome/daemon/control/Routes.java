package dev.rhizome.daemon.control;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.replicator.CommandResult;
import java.io.IOException;
import java.util.List;
import java.util.Map;
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
 * GET  /v1/resources/NAME                one resource: the array's element
 * POST /v1/resources/NAME/primary        {"force": false}
 * POST /v1/resources/NAME/secondary | up | down | connect | disconnect
 * </pre>
 */
final class Routes {
    private static final String RESOURCES = "/v1/resources/";
    private static final long COMMAND_LIMIT_SECONDS = 90;
    private static final Map<String, Function<ManagedResource, CompletableFuture<CommandResult>>>
            PLAIN_COMMANDS =
                    Map.of(
                            "secondary", ManagedResource::demote,
                            "up", ManagedResource::up,
                            "down", ManagedResource::down,
                            "connect", ManagedResource::connect,
                            "disconnect", ManagedResource::disconnect);
    private static final String PROMOTE = "primary";
    private static final String FORCE = "force";

    private final Resources resources;

    Routes(Resources resources) {
        this.resources = resources;
    }

    /** The answer to a request; the future does not fail for what a client can cause. */
    CompletableFuture<Answer> handle(String method, String path, boolean asText, String body) {
        if (path.equals("/v1/status")) {
            return now(
                    method.equals("GET")
                            ? status(resources.all(), asText)
                            : Answer.methodProblem("GET"));
        }
        if (!path.startsWith(RESOURCES)) {
            return now(Answer.problem(404, "no-such-path", "No such path", "try GET /v1/status"));
        }
        String[] parts = path.substring(RESOURCES.length()).split("/", -1);
        ManagedResource resource = resources.find(parts[0]);
        if (resource == null) {
            return now(
                    Answer.problem(
                            404,
                            "no-such-resource",
                            "No such resource",
                            "this node has no resource of that name; its resources: " + names()));
        }
        if (parts.length == 1) {
            return now(method.equals("GET") ? one(resource, asText) : Answer.methodProblem("GET"));
        }
        boolean known = parts[1].equals(PROMOTE) || PLAIN_COMMANDS.containsKey(parts[1]);
        if (parts.length > 2 || !known) {
            return now(
                    Answer.problem(
                            404,
                            "no-such-path",
                            "No such path",
                            "a resource takes primary, secondary, up, down, connect, disconnect"));
        }
        return method.equals("POST")
                ? command(resource, parts[1], body)
                : now(Answer.methodProblem("POST"));
    }

    private CompletableFuture<Answer> command(ManagedResource resource, String verb, String body) {
        Map<String, Object> fields;
        try {
            fields = body.isBlank() ? Map.of() : JSON.std.mapFrom(body);
        } catch (IOException | ClassCastException e) {
            return now(
                    Answer.problem(
                            400, "bad-json", "Bad JSON", "the body must be one JSON object"));
        }
        if (fields == null) {
            fields = Map.of();
        }
        boolean promote = verb.equals(PROMOTE);
        for (String field : fields.keySet()) {
            if (!promote || !field.equals(FORCE)) {
                return now(
                        Answer.fieldProblem(
                                field, promote ? "only \"force\" is known" : "none is known"));
            }
        }
        Object force = fields.getOrDefault(FORCE, false);
        if (!(force instanceof Boolean forced)) {
            return now(Answer.fieldProblem(FORCE, "must be true or false"));
        }
        Function<ManagedResource, CompletableFuture<CommandResult>> plain =
                PLAIN_COMMANDS.get(verb);
        return answered(plain == null ? resource.promote(forced) : plain.apply(resource));
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
