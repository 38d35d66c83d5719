package dev.rhizome.daemon.config;

import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.policy.OnNoData;
import dev.rhizome.core.policy.Policy;
import dev.rhizome.core.policy.RoleConflict;
import java.util.Arrays;
import java.util.List;

/** The policies' values; DRBD's values that are not taken over are refused with the reason. */
final class PolicyValues {
    static final ValueType<AfterSplitBrain0Pri> AFTER_SB_0PRI = of(AfterSplitBrain0Pri.values());
    static final ValueType<AfterSplitBrain1Pri> AFTER_SB_1PRI = of(AfterSplitBrain1Pri.values());
    static final ValueType<AfterSplitBrain2Pri> AFTER_SB_2PRI = of(AfterSplitBrain2Pri.values());
    static final ValueType<RoleConflict> RR_CONFLICT = of(RoleConflict.values());
    static final ValueType<OnIoError> ON_IO_ERROR = of(OnIoError.values());
    static final ValueType<FencingPolicy> FENCING = of(FencingPolicy.values());
    static final ValueType<OnNoData> ON_NO_DATA = of(OnNoData.values());

    private PolicyValues() {}

    private static <P extends Policy> ValueType<P> of(P[] values) {
        List<String> labels = Arrays.stream(values).map(Policy::label).toList();
        return new ValueType<>(String.join(", ", labels), raw -> parse(values, labels, raw));
    }

    private static <P extends Policy> P parse(P[] values, List<String> labels, Object raw)
            throws BadValue {
        String text = String.valueOf(raw);
        for (P value : values) {
            if (value.label().equals(text)) {
                return value;
            }
        }
        String quoted = "\"" + text + "\"";
        if (text.startsWith("violently")) {
            throw new BadValue(
                    quoted + " is refused: a Primary's clients would be shown older data");
        }
        if (text.equals("auto-discard")) {
            throw new BadValue(
                    quoted + " is refused: it would throw newer data away without being asked");
        }
        boolean byPlace =
                text.equals("discard-local")
                        || text.equals("discard-remote")
                        || text.startsWith("discard-node-");
        if (byPlace) {
            throw new BadValue(
                    quoted
                            + " is refused: it would name another node in each node's file, and the"
                            + " file is the same on both");
        }
        throw new BadValue(quoted + " is no such policy; " + NearestName.hint(text, labels));
    }
}
