package dev.rhizome.daemon.adjust;

import dev.rhizome.daemon.adjust.AdjustStep.State;
import dev.rhizome.daemon.config.ChangeRule;
import dev.rhizome.replicator.CommandResult;
import org.jspecify.annotations.Nullable;

/** The rules of steps that are about whole resources, beside those of options. */
final class AdjustStepRules {

    private AdjustStepRules() {}

    static AdjustStep fresh(String name, String from, String to) {
        return step(name, from, to, "new-resource", "is brought up");
    }

    static AdjustStep gone(String name, String from, String to) {
        return step(name, from, to, "gone-resource", "is taken down, and forgotten");
    }

    /** What has come of a look at the certificates' files; null if they are as they were. */
    static @Nullable AdjustStep certificates(String name, CommandResult result) {
        if (result.rule().equals("certificate-unchanged")) {
            return null;
        }
        boolean taken = result.accepted();
        return new AdjustStep(
                name,
                "resources." + name + " certificates",
                "those of before",
                taken ? result.reason() : "the files as they are",
                result.rule(),
                taken ? "counts for new connections" : "would count for new connections",
                taken ? State.DONE : State.LEFT,
                taken ? "" : result.reason());
    }

    private static AdjustStep step(
            String name, String from, String to, String rule, String meaning) {
        return new AdjustStep(
                name, "resources." + name, from, to, rule, meaning, State.PLANNED, "");
    }

    /** Whether the resource must be closed and opened for it. */
    static boolean reopens(AdjustStep step) {
        return step.rule().equals(ChangeRule.DOWN_UP.label());
    }
}
