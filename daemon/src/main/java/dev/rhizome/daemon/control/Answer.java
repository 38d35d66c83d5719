package dev.rhizome.daemon.control;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.replicator.CommandResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the control API answers.
 *
 * @param status the HTTP status
 * @param contentType of the body
 * @param body the text
 * @param headers further ones
 * @param stream what follows instead of a body, or null
 */
record Answer(
        int status,
        String contentType,
        String body,
        Map<String, String> headers,
        @Nullable EventStream stream) {
    private static final String JSON_TYPE = "application/json";
    private static final String PROBLEM_TYPE = "application/problem+json";
    private static final String TEXT_TYPE = "text/plain; charset=utf-8";
    private static final JSON WRITER = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT);

    private Answer(int status, String contentType, String body, Map<String, String> headers) {
        this(status, contentType, body, headers, null);
    }

    static Answer json(Object tree) {
        return new Answer(200, JSON_TYPE, write(tree), Map.of());
    }

    /** It goes on without the client, who may ask. */
    static Answer begun(Operation operation) {
        return new Answer(
                202,
                JSON_TYPE,
                write(operation.tree()),
                Map.of("location", operation.path(), "preference-applied", "respond-async"));
    }

    static Answer text(String text) {
        return text(TEXT_TYPE, text);
    }

    static Answer text(String contentType, String text) {
        return new Answer(200, contentType, text, Map.of());
    }

    /** The same, with further headers. */
    Answer with(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.putAll(more);
        return new Answer(status, contentType, body, all, stream);
    }

    static Answer stream(EventStream stream) {
        return new Answer(200, "", "", Map.of(), stream);
    }

    /** What was waited for is not so when the time is over. */
    static Answer notYet(String rule, int seconds, String reason) {
        return problem(
                504,
                "not-yet",
                "Not yet",
                "not yet after " + seconds + " s: " + reason,
                Map.of("rule", rule, "reason", reason));
    }

    /** 200 with the result, or 409 with the refusal and its rule. */
    static Answer result(CommandResult result) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (result.accepted()) {
            tree.put("accepted", true);
            tree.put("rule", result.rule());
            tree.put("reason", result.reason());
            return json(tree);
        }
        return problem(409, "refused", "Refused", result.reason(), Map.of("rule", result.rule()));
    }

    /** A problem (RFC 9457). */
    static Answer problem(int status, String type, String title, String detail) {
        return problem(status, type, title, detail, Map.of());
    }

    /** A problem with one field of the request; the pointer is a JSON pointer (RFC 6901). */
    static Answer fieldProblem(String field, String detail) {
        String pointer = "#/" + field.replace("~", "~0").replace("/", "~1");
        return problem(
                400,
                "bad-field",
                "Bad field in the request",
                "field \"" + field + "\": " + detail,
                Map.of("errors", List.of(Map.of("pointer", pointer, "detail", detail))));
    }

    static Answer methodProblem(String allowed) {
        Answer problem =
                problem(405, "bad-method", "Method not allowed", "this path takes " + allowed);
        return new Answer(405, problem.contentType, problem.body, Map.of("allow", allowed));
    }

    private static Answer problem(
            int status, String type, String title, String detail, Map<String, Object> more) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", "urn:rhizome:problem:" + type);
        tree.put("title", title);
        tree.put("status", status);
        tree.put("detail", detail);
        tree.putAll(more);
        return new Answer(status, PROBLEM_TYPE, write(tree), Map.of());
    }

    private static String write(Object tree) {
        try {
            return WRITER.asString(tree) + "\n";
        } catch (IOException e) {
            throw new UncheckedIOException("in memory", e);
        }
    }
}
