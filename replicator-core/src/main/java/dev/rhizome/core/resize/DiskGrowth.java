package dev.rhizome.core.resize;

import dev.rhizome.core.metadata.MetadataLayout;
import org.jspecify.annotations.Nullable;

/**
 * What came of a step of the local disk towards a larger volume.
 *
 * @param capacityBytes how large the volume could be on its devices as they are now; 0 if that was
 *     not asked for
 * @param layout where the metadata is now; null if it was not to be moved, or has not been
 * @param problem why the step was not done, one line; empty if it was
 * @param lost whether the disk cannot be used any more: where its metadata is, is not known
 */
public record DiskGrowth(
        long capacityBytes, @Nullable MetadataLayout layout, String problem, boolean lost) {

    /** The steps, in their order. */
    public enum Step {
        /** How large are the devices by now? */
        SURVEY,
        /** Make what is new read as zeroes, unless it is to stay as it is. */
        PREPARE,
        /** Make room for the metadata of a larger volume. Nothing writes metadata meanwhile. */
        MOVE
    }

    /** A step that could not be done; all is as it was. */
    public static DiskGrowth failed(String problem) {
        return new DiskGrowth(0, null, problem, false);
    }
}
