package dev.rhizome.replicator;

import dev.rhizome.core.command.CommandKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Commands that the engine has not answered yet, or whose outcome clients do not see yet. */
final class PendingCommands {
    private final FrontEnds frontEnds;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long nextToken;

    /**
     * @param concernsClients clients are let in or sent away by it: it is done when they are
     */
    private record Pending(boolean concernsClients, CompletableFuture<CommandResult> answer) {}

    PendingCommands(FrontEnds frontEnds) {
        this.frontEnds = frontEnds;
    }

    /** Notes a command; its token, for the engine. */
    long begin(CommandKind kind, CompletableFuture<CommandResult> answer) {
        return switch (kind) {
            case PROMOTE, PROMOTE_FORCE, DEMOTE, DEMOTE_FORCE -> begin(true, answer);
            default -> begin(answer);
        };
    }

    /** Notes a command that clients do not notice. */
    long begin(CompletableFuture<CommandResult> answer) {
        return begin(false, answer);
    }

    private long begin(boolean concernsClients, CompletableFuture<CommandResult> answer) {
        long token = nextToken++;
        pending.put(token, new Pending(concernsClients, answer));
        return token;
    }

    /** The engine has answered. */
    void done(long token, CommandResult result) {
        Pending command = pending.remove(token);
        if (command == null) {
            return;
        }
        if (!result.accepted() || !command.concernsClients()) {
            command.answer().complete(result);
            return;
        }
        var unused =
                frontEnds
                        .settled()
                        .whenComplete(
                                (remark, failure) ->
                                        command.answer()
                                                .complete(
                                                        served(
                                                                result,
                                                                failure == null
                                                                        ? remark
                                                                        : "of a bug: " + failure)));
    }

    /** A Primary that clients cannot reach is no success for whoever asked for it. */
    private static CommandResult served(CommandResult result, String remark) {
        return remark.isEmpty()
                ? result
                : new CommandResult(false, "not-served", result.reason() + ", but " + remark);
    }

    /** Answers all in the same way: the volume ends. */
    void answerAll(CommandResult result) {
        List<Pending> left = List.copyOf(pending.values());
        pending.clear();
        left.forEach(command -> command.answer().complete(result));
    }
}
