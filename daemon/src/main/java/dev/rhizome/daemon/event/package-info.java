/** What happens to the resources, for whoever listens: the event stream and the waits. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.event;
