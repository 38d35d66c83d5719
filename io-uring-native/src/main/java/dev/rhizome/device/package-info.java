/**
 * Front ends that give a volume to this machine's kernel as a block device.
 *
 * <p>Start at {@link dev.rhizome.device.DeviceFrontEnd}.
 */
@org.jspecify.annotations.NullMarked
package dev.rhizome.device;
