/** What the peer link and the NBD server share: payloads that are Netty buffers, and batching. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.transport;
