package dev.rhizome.daemon.event;

import dev.rhizome.daemon.resource.ResourceStatus;
import java.util.List;
import java.util.Map;

/** One thing that the event stream tells. */
public sealed interface EventRecord {

    /**
     * All that is so: the first record of a stream, and the first after records were lost.
     *
     * @param statuses what is so of each resource
     * @param objects the same as objects, resource by resource
     */
    record Snapshot(List<ResourceStatus> statuses, List<StateObject> objects)
            implements EventRecord {}

    /**
     * An object has come, changed or gone.
     *
     * @param what which of them
     * @param object the object; of one that changed, its state has only the keys that did
     * @param before what those were; empty but for a change
     */
    record Change(What what, StateObject object, Map<String, String> before)
            implements EventRecord {
        /** What has become of an object. */
        public enum What {
            /** It is there now. */
            CREATE("create"),
            /** Some of its keys have other values. */
            CHANGE("change"),
            /** It is not there any more. */
            DESTROY("destroy");

            private final String label;

            What(String label) {
                this.label = label;
            }

            /** As it is written in events. */
            public String label() {
                return label;
            }
        }
    }

    /**
     * Something was decided.
     *
     * @param resource the resource's name
     * @param rule the named rule
     * @param reason one line for a person
     */
    record Happened(String resource, String rule, String reason) implements EventRecord {}

    /**
     * The reader was too slow: records before this one are missing. A snapshot follows.
     *
     * @param records how many
     */
    record Lost(long records) implements EventRecord {}

    /**
     * The stream ends.
     *
     * @param reason why, one line
     */
    record End(String reason) implements EventRecord {}
}
