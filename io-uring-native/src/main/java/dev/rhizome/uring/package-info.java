/**
 * Linux direct I/O: an asynchronous disk queue over io_uring (or worker threads where io_uring is
 * refused), disks opened with O_DIRECT, and the aligned memory that they need.
 *
 * <p>Start at {@link dev.rhizome.uring.DiskQueue#open}, {@link dev.rhizome.uring.Disk#open} and
 * {@link dev.rhizome.uring.AlignedBufferPool}.
 */
@NullMarked
package dev.rhizome.uring;

import org.jspecify.annotations.NullMarked;
