/**
 * The volume as /dev/ublkbN: the kernel's user-space block driver, ublk, whose requests come and go
 * by an io_uring.
 *
 * <p>Start at {@link dev.rhizome.device.ublk.UblkFrontEnd}. Source: the kernel's
 * Documentation/block/ublk.rst and include/uapi/linux/ublk_cmd.h.
 */
@org.jspecify.annotations.NullMarked
package dev.rhizome.device.ublk;
