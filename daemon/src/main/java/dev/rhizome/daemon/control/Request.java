package dev.rhizome.daemon.control;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a client asks.
 *
 * @param method HTTP's
 * @param path without the query
 * @param query its fields; of one that is there twice, the last value
 * @param accept the media types that the client takes; may be empty
 * @param body the text
 */
record Request(String method, String path, Map<String, String> query, String accept, String body) {

    static Request of(String method, String uri, String accept, String body) {
        int mark = uri.indexOf('?');
        if (mark < 0) {
            return new Request(method, uri, Map.of(), accept, body);
        }
        Map<String, String> query = new LinkedHashMap<>();
        new QueryStringDecoder(uri)
                .parameters()
                .forEach((name, values) -> query.put(name, values.get(values.size() - 1)));
        return new Request(method, uri.substring(0, mark), query, accept, body);
    }

    /** Whether the answer may take as long as the client likes. */
    boolean isWait() {
        return WaitRoute.goal(path.substring(path.lastIndexOf('/') + 1)) != null;
    }

    boolean wantsText() {
        return accept.startsWith("text/plain");
    }
}
