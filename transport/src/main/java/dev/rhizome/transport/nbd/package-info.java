/** The NBD server: how clients reach a volume. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.transport.nbd;
