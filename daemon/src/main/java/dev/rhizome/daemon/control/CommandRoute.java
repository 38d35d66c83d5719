package dev.rhizome.daemon.control;

import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.event.WaitGoal;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.ConnectMode;
import dev.rhizome.replicator.IoCommand;
import dev.rhizome.replicator.SyncCommand;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What can be asked of a resource: the verbs, their fields, and how they are answered. */
final class CommandRoute {
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

    private final EventHub hub;
    private final Operations operations;

    CommandRoute(EventHub hub, Operations operations) {
        this.hub = hub;
        this.operations = operations;
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

    /**
     * Begins a command.
     *
     * @param async whether the client does not wait for its end
     */
    CompletableFuture<Answer> begin(
            ManagedResource resource, String verb, Map<String, Object> fields, boolean async) {
        WaitGoal goal = WaitRoute.goal(verb);
        if (goal != null) {
            return WaitRoute.begin(hub, resource.name(), goal, fields);
        }
        Answer problem =
                verb.equals(VerifyRoute.VERB)
                        ? VerifyRoute.of(fields).problem()
                        : problem(verb, fields);
        if (problem != null) {
            return now(problem);
        }
        if (async && !operations.hasRoom()) {
            return now(
                    Answer.problem(
                            503,
                            "too-many",
                            "Too many operations",
                            Operations.MOST + " are under way already; wait for one of them"));
        }
        CompletableFuture<CommandResult> result = command(resource, verb, fields);
        Operation operation = async ? operations.note(resource, verb, result) : null;
        return operation == null ? answered(resource, verb, result) : now(Answer.begun(operation));
    }

    private static @Nullable Answer problem(String verb, Map<String, Object> fields) {
        List<String> known = FIELDS.getOrDefault(verb, List.of());
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            if (!known.contains(field.getKey())) {
                return Answer.fieldProblem(field.getKey(), onlyKnown(known));
            }
            if (field.getKey().equals(SIZE)) {
                if (!(field.getValue() instanceof Number size) || size.longValue() < 0) {
                    return Answer.fieldProblem(SIZE, "must be a number of bytes, or 0");
                }
            } else if (!(field.getValue() instanceof Boolean)) {
                return Answer.fieldProblem(field.getKey(), "must be true or false");
            }
        }
        if (isSet(fields, DISCARD) && isSet(fields, TENTATIVE)) {
            return Answer.fieldProblem(TENTATIVE, "does not go with \"" + DISCARD + "\"");
        }
        return verb.equals(NEW_GENERATION) && !isSet(fields, CLEAR_BITMAP)
                ? Answer.fieldProblem(CLEAR_BITMAP, "must be true: nothing else is offered")
                : null;
    }

    private static CompletableFuture<CommandResult> command(
            ManagedResource resource, String verb, Map<String, Object> fields) {
        Function<ManagedResource, CompletableFuture<CommandResult>> plain =
                PLAIN_COMMANDS.get(verb);
        if (plain != null) {
            return plain.apply(resource);
        }
        return switch (verb) {
            case VerifyRoute.VERB -> resource.verify(VerifyRoute.of(fields).order());
            case PROMOTE -> resource.promote(isSet(fields, FORCE));
            case DEMOTE -> resource.demote(isSet(fields, FORCE));
            case DETACH -> resource.detach(isSet(fields, FORCE));
            case REPLACE -> resource.replace(isSet(fields, FORCE));
            case NEW_GENERATION -> resource.sync(SyncCommand.SKIP_FIRST_COPY);
            case RESIZE -> {
                long sizeBytes = fields.get(SIZE) instanceof Number size ? size.longValue() : 0;
                yield resource.resize(sizeBytes, isSet(fields, ASSUME_CLEAN));
            }
            default -> resource.connect(mode(fields));
        };
    }

    private static ConnectMode mode(Map<String, Object> fields) {
        if (isSet(fields, DISCARD)) {
            return ConnectMode.DISCARD_MY_DATA;
        }
        return isSet(fields, TENTATIVE) ? ConnectMode.TENTATIVE : ConnectMode.NORMAL;
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

    private CompletableFuture<Answer> answered(
            ManagedResource resource, String verb, CompletableFuture<CommandResult> result) {
        return result.copy()
                .orTimeout(COMMAND_LIMIT_SECONDS, TimeUnit.SECONDS)
                .thenApply(Answer::result)
                .exceptionally(
                        e -> {
                            if (e.getCause() instanceof TimeoutException) {
                                return late(operations.note(resource, verb, result));
                            }
                            throw new CompletionException(e);
                        });
    }

    private static Answer late(@Nullable Operation operation) {
        String goesOn =
                operation == null
                        ? "the command may still take effect"
                        : "it goes on: GET " + operation.path();
        return Answer.problem(
                504,
                "no-answer",
                "No answer yet",
                "no answer within " + COMMAND_LIMIT_SECONDS + " s; " + goesOn);
    }

    private static CompletableFuture<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
