/** The link between the two nodes of a resource: TLS 1.3, mutual, one at a time. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.transport.peer;
