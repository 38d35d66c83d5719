package dev.rhizome.daemon.adjust;

/**
 * One thing that differs between the running daemon and the file.
 *
 * @param resource the resource that it is about; empty if it is the daemon
 * @param what the option's path, or the resource's
 * @param from what is running
 * @param to what the file says
 * @param rule the named rule that says what it takes
 * @param meaning what that is, continuing a sentence about the option
 * @param state what has become of it
 * @param reason why it was left; else empty
 */
public record AdjustStep(
        String resource,
        String what,
        String from,
        String to,
        String rule,
        String meaning,
        State state,
        String reason) {

    /** What has become of a step. */
    public enum State {
        /** Nothing: it was only asked for. */
        PLANNED("planned"),
        /** It is so now. */
        DONE("done"),
        /** It is not so. */
        LEFT("left");

        private final String label;

        State(String label) {
            this.label = label;
        }

        /** As it is written. */
        public String label() {
            return label;
        }
    }

    AdjustStep ended(State how, String why) {
        return new AdjustStep(resource, what, from, to, rule, meaning, how, why);
    }

    @Override
    public String toString() {
        String end = reason.isEmpty() ? state.label() : state.label() + ": " + reason;
        return what + ": " + from + " -> " + to + " " + meaning + " (" + rule + "); " + end;
    }
}
