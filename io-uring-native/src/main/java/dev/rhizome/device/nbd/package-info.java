/**
 * The volume as /dev/nbdN: the kernel's own NBD client, set up by generic netlink, at one end of a
 * pair of sockets; an NBD server at the other.
 *
 * <p>Start at {@link dev.rhizome.device.nbd.NbdFrontEnd}.
 */
@org.jspecify.annotations.NullMarked
package dev.rhizome.device.nbd;
