package dev.rhizome.replicator;

/** Is told what happens to a volume, on its event loop. */
public interface VolumeListener {

    /**
     * Something was decided or has changed: a role, a state, a resync's start or end.
     *
     * @param event the rule and its reason
     * @param status the state now: that event's outcome, and of those that came with it
     */
    void onEvent(VolumeEvent event, VolumeStatus status);
}
