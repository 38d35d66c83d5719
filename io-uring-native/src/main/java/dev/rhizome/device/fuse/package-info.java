/** A block device by FUSE and a loop device. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.device.fuse;
