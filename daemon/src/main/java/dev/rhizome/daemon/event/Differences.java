package dev.rhizome.daemon.event;

import dev.rhizome.daemon.event.EventRecord.Change;
import dev.rhizome.daemon.event.EventRecord.Change.What;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What has changed from one state of an object to the next. */
final class Differences {

    private Differences() {}

    /** The keys that differ; one that is not there any more has the value "none". */
    static Change between(StateObject old, StateObject fresh) {
        Map<String, String> now = new LinkedHashMap<>();
        Map<String, String> before = new LinkedHashMap<>();
        fresh.state()
                .forEach(
                        (key, value) -> {
                            String was = old.state().get(key);
                            if (!value.equals(was)) {
                                now.put(key, value);
                                before.put(key, was == null ? "none" : was);
                            }
                        });
        old.state()
                .forEach(
                        (key, was) -> {
                            if (!fresh.state().containsKey(key)) {
                                now.put(key, "none");
                                before.put(key, was);
                            }
                        });
        return new Change(
                What.CHANGE,
                new StateObject(fresh.kind(), fresh.identity(), Collections.unmodifiableMap(now)),
                Collections.unmodifiableMap(before));
    }
}
