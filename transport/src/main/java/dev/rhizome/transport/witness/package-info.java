/** The witness's server and its client. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.transport.witness;
