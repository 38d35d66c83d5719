package dev.rhizome.daemon.screen;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads an answer of the control API; what is not there, or is of another type, is empty. */
record Tree(Map<?, ?> fields) {

    private static Tree of(@Nullable Object value) {
        return new Tree(value instanceof Map<?, ?> map ? map : Map.of());
    }

    boolean has(String name) {
        return fields.get(name) != null;
    }

    String text(String name) {
        Object value = fields.get(name);
        return value == null ? "" : String.valueOf(value);
    }

    double number(String name) {
        return fields.get(name) instanceof Number number ? number.doubleValue() : 0;
    }

    Tree tree(String name) {
        return of(fields.get(name));
    }

    List<Tree> trees(String name) {
        List<Tree> all = new ArrayList<>();
        for (Object each : list(name)) {
            all.add(of(each));
        }
        return all;
    }

    List<String> texts(String name) {
        List<String> all = new ArrayList<>();
        for (Object each : list(name)) {
            all.add(String.valueOf(each));
        }
        return all;
    }

    /** NaN where there is no number. */
    double[] numbers(String name) {
        return list(name).stream()
                .mapToDouble(
                        each -> each instanceof Number number ? number.doubleValue() : Double.NaN)
                .toArray();
    }

    private List<?> list(String name) {
        return fields.get(name) instanceof List<?> list ? list : List.of();
    }
}
