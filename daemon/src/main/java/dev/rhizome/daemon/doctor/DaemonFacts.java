package dev.rhizome.daemon.doctor;

import java.util.List;
import java.util.Map;

/** What the running daemon says of itself and its peer. */
final class DaemonFacts {
    private DaemonFacts() {}

    /**
     * Takes over what matters.
     *
     * @param watch what GET /v1/watch has answered
     * @param status what GET /v1/status has answered
     */
    static void gather(Map<?, ?> watch, List<?> status, Facts facts) {
        facts.put("daemon", "runs");
        Object version = watch.get("version");
        facts.put("daemon.version", "unknown".equals(version) ? "" : String.valueOf(version));
        for (Object each : list(watch.get("resources"))) {
            Map<?, ?> resource = map(each);
            Map<?, ?> verdict = map(resource.get("verdict"));
            String prefix = "resource." + resource.get("name") + ".verdict.";
            for (String field : List.of("level", "title", "detail")) {
                facts.put(prefix + field, text(verdict.get(field)));
            }
        }
        for (Object each : status) {
            Map<?, ?> resource = map(each);
            String prefix = "resource." + resource.get("name") + ".";
            facts.put(prefix + "io-engine", text(resource.get("io-engine")));
            List<?> differences = list(resource.get("options-that-differ"));
            for (int at = 0; at < differences.size(); at++) {
                facts.put(prefix + "option-differs." + at, text(differences.get(at)));
            }
            for (Object device : list(resource.get("devices"))) {
                facts.put(prefix + "volume-kib", text(map(device).get("size")));
            }
        }
    }

    private static Map<?, ?> map(@org.jspecify.annotations.Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(@org.jspecify.annotations.Nullable Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static String text(@org.jspecify.annotations.Nullable Object value) {
        return value == null ? "" : String.valueOf(value);
    }
}
