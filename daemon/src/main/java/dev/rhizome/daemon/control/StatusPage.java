package dev.rhizome.daemon.control;

import dev.rhizome.daemon.watch.Watch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * What the status page's address answers: the page, its parts, and what it shows. Nothing there
 * changes anything, nothing comes from elsewhere, and no other site's page may read it: a browser
 * that was led here under another site's name (DNS rebinding) is refused.
 */
final class StatusPage {
    private static final String FOLDER = "/dev/rhizome/daemon/page/";

    /** An address, or the machine itself; with or without a port. */
    private static final Pattern HOST =
            Pattern.compile(
                    "(localhost|[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]+])(:[0-9]+)?");

    private static final Map<String, String> HEADERS =
            Map.of(
                    "content-security-policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                            + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                            + " frame-ancestors 'none'",
                    "cross-origin-opener-policy",
                    "same-origin",
                    "cross-origin-resource-policy",
                    "same-origin",
                    "referrer-policy",
                    "no-referrer",
                    "x-content-type-options",
                    "nosniff",
                    "cache-control",
                    "no-store");

    private final Watch watch;
    private final Map<String, Answer> parts = new LinkedHashMap<>();

    StatusPage(Watch watch) {
        this.watch = watch;
        for (List<String> part :
                List.of(
                        List.of("/", "index.html", "text/html; charset=utf-8"),
                        List.of("/page.css", "page.css", "text/css; charset=utf-8"),
                        List.of("/page.js", "page.js", "text/javascript; charset=utf-8"),
                        List.of("/icon.svg", "icon.svg", "image/svg+xml"))) {
            parts.put(part.get(0), Answer.text(part.get(2), read(part.get(1))));
        }
    }

    private static String read(String name) {
        try (InputStream part = StatusPage.class.getResourceAsStream(FOLDER + name)) {
            if (part == null) {
                throw new IllegalStateException(FOLDER + name + " is not in the jar");
            }
            return new String(part.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CompletableFuture<Answer> handle(Request request) {
        return answer(request).thenApply(answer -> answer.with(HEADERS));
    }

    private CompletableFuture<Answer> answer(Request request) {
        if (!HOST.matcher(request.host()).matches()) {
            return now(
                    Answer.problem(
                            421,
                            "bad-host",
                            "Not known by that name",
                            "ask by address, such as http://127.0.0.1:PORT/, or localhost"));
        }
        Answer part = parts.get(request.path());
        boolean live = request.path().equals(Routes.WATCH);
        if (part == null && !live) {
            return now(Answer.problem(404, "no-such-path", "No such path", "the page is at /"));
        }
        if (!request.method().equals("GET")) {
            return now(Answer.methodProblem("GET"));
        }
        return part == null ? watch.look().thenApply(Answer::json) : now(part);
    }

    private static CompletableFuture<Answer> now(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
