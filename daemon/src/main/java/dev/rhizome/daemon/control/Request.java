package dev.rhizome.daemon.control;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a client asks.
 *
 * @param method HTTP's
 * @param path without the query
 * @param query its fields; of one that is there twice, the last value
 * @param accept the media types that the client takes; may be empty
 * @param async whether the client does not wait for the end (Prefer: respond-async, RFC 7240)
 * @param body the text
 * @param host whom the client means to ask, as it says; may be empty
 */
record Request(
        String method,
        String path,
        Map<String, String> query,
        String accept,
        boolean async,
        String body,
        String host) {

    static Request of(String method, String uri, String accept, String prefer, String body) {
        boolean async = Arrays.asList(prefer.split("[,;\\s]+", -1)).contains("respond-async");
        int mark = uri.indexOf('?');
        if (mark < 0) {
            return new Request(method, uri, Map.of(), accept, async, body, "");
        }
        Map<String, String> query = new LinkedHashMap<>();
        new QueryStringDecoder(uri)
                .parameters()
                .forEach((name, values) -> query.put(name, values.get(values.size() - 1)));
        return new Request(method, uri.substring(0, mark), query, accept, async, body, "");
    }

    Request to(String asked) {
        return new Request(method, path, query, accept, async, body, asked);
    }

    /** Whether the answer may take as long as the client likes. */
    boolean isWait() {
        return WaitRoute.goal(path.substring(path.lastIndexOf('/') + 1)) != null;
    }

    boolean wantsText() {
        return accept.startsWith("text/plain");
    }
}
