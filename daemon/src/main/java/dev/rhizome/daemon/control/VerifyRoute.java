package dev.rhizome.daemon.control;

import dev.rhizome.core.verify.VerifyOrder;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a request to the online verify asks for.
 *
 * @param order the order, if there is no problem
 * @param problem what is wrong with the request, or null
 */
record VerifyRoute(VerifyOrder order, @Nullable Answer problem) {
    static final String VERB = "verify";

    private static final String START = "start";
    private static final String STOP = "stop";
    private static final String REPAIR = "repair";
    private static final String REPAIR_FOUND = "repair-found";
    private static final String CANCEL = "cancel";
    private static final List<String> POSITIONS = List.of(START, STOP);
    private static final List<String> WORDS = List.of(REPAIR, REPAIR_FOUND, CANCEL);

    /** Reads the fields of a request's body. */
    static VerifyRoute of(Map<String, Object> fields) {
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            String name = field.getKey();
            Object value = field.getValue();
            boolean integer = value instanceof Integer || value instanceof Long;
            if (POSITIONS.contains(name)) {
                if (!integer || ((Number) value).longValue() < 0) {
                    return bad(name, "must be a number of bytes from the volume's start");
                }
            } else if (!WORDS.contains(name)) {
                return bad(name, "only " + POSITIONS + " and " + WORDS + " are known");
            } else if (!(value instanceof Boolean)) {
                return bad(name, "must be true or false");
            }
        }
        for (String alone : List.of(CANCEL, REPAIR_FOUND)) {
            if (isSet(fields, alone)) {
                boolean others =
                        isSet(fields, REPAIR)
                                || position(fields, START) > 0
                                || position(fields, STOP) > 0
                                || (isSet(fields, CANCEL) && isSet(fields, REPAIR_FOUND));
                return others ? bad(alone, "goes with no other field") : good(alone);
            }
        }
        long start = position(fields, START);
        long stop = position(fields, STOP);
        return new VerifyRoute(VerifyOrder.start(start, stop, isSet(fields, REPAIR)), null);
    }

    /** The fields that it takes. */
    static List<String> fields() {
        return Stream.concat(POSITIONS.stream(), WORDS.stream()).toList();
    }

    private static VerifyRoute good(String field) {
        return new VerifyRoute(
                field.equals(CANCEL) ? VerifyOrder.cancel() : VerifyOrder.repairFound(), null);
    }

    private static VerifyRoute bad(String field, String detail) {
        return new VerifyRoute(VerifyOrder.cancel(), Answer.fieldProblem(field, detail));
    }

    private static boolean isSet(Map<String, Object> fields, String field) {
        return Boolean.TRUE.equals(fields.get(field));
    }

    private static long position(Map<String, Object> fields, String field) {
        return fields.get(field) instanceof Number number ? number.longValue() : 0;
    }
}
