package dev.rhizome.daemon.resource;

/** Is told what happens to the resources; on the thread where it happens, so it must not block. */
@FunctionalInterface
public interface ResourceListener {

    /**
     * Something was decided or has changed.
     *
     * @param rule the named rule
     * @param reason one line for a person
     * @param status what is so then
     */
    void onEvent(String rule, String reason, ResourceStatus status);
}
