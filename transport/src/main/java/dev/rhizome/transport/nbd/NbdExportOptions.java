package dev.rhizome.transport.nbd;

import dev.rhizome.core.request.Volume;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The options that list, describe and choose the one export. */
final class NbdExportOptions {
    private static final String NOT_SERVED =
            "the volume is not served: this node is not Primary, or it is closing";

    private final NbdServerOptions options;
    private final Volume volume;
    private final NbdOptionReplies replies;

    NbdExportOptions(NbdServerOptions options, Volume volume, NbdOptionReplies replies) {
        this.options = options;
        this.volume = volume;
        this.replies = replies;
    }

    /** LIST. */
    void list(ByteBuffer data) {
        if (data.hasRemaining()) {
            replies.error(Nbd.REP_ERR_INVALID, "list takes no data");
            return;
        }
        replies.server(options.exportName());
        replies.done();
    }

    /** INFO and GO: whether all went well. */
    boolean inform(ByteBuffer data, boolean structured) {
        String name = takeName(data);
        if (name == null || data.remaining() < Short.BYTES) {
            replies.error(Nbd.REP_ERR_INVALID, "the export's name does not fit the option");
            return false;
        }
        int asked = data.getShort() & 0xFFFF;
        if (data.remaining() != asked * Short.BYTES) {
            replies.error(Nbd.REP_ERR_INVALID, "the list of information does not fit the option");
        } else if (!knows(name)) {
            replies.error(Nbd.REP_ERR_UNKNOWN, unknown());
        } else if (!volume.serving()) {
            replies.error(Nbd.REP_ERR_SHUTDOWN, NOT_SERVED);
        } else {
            answer(data, NbdExport.of(volume, structured));
            replies.done();
            return true;
        }
        return false;
    }

    private void answer(ByteBuffer asked, NbdExport export) {
        replies.export(export);
        boolean name = false;
        boolean description = false;
        boolean blockSize = false;
        while (asked.hasRemaining()) {
            int kind = asked.getShort();
            name |= kind == Nbd.INFO_NAME;
            description |= kind == Nbd.INFO_DESCRIPTION;
            blockSize |= kind == Nbd.INFO_BLOCK_SIZE;
        }
        if (name) {
            replies.text(Nbd.INFO_NAME, options.exportName());
        }
        if (description) {
            replies.text(Nbd.INFO_DESCRIPTION, options.description());
        }
        if (blockSize) {
            replies.blockSizes(export);
        }
    }

    /** EXPORT_NAME, which cannot be refused in words: null if all went well, else the problem. */
    @Nullable String choose(ByteBuffer data, boolean structured, boolean zeroes) {
        byte[] name = new byte[data.remaining()];
        data.get(name);
        if (!knows(new String(name, StandardCharsets.UTF_8))) {
            return "client asked for an export that is not here";
        }
        if (!volume.serving()) {
            return NOT_SERVED;
        }
        replies.exportName(NbdExport.of(volume, structured), zeroes);
        return null;
    }

    /** A string after its length; null if it does not fit. */
    static @Nullable String takeName(ByteBuffer data) {
        if (data.remaining() < Integer.BYTES) {
            return null;
        }
        int lengthBytes = data.getInt();
        if (lengthBytes < 0
                || lengthBytes > data.remaining()
                || lengthBytes > Nbd.MAX_STRING_BYTES) {
            return null;
        }
        byte[] encoded = new byte[lengthBytes];
        data.get(encoded);
        return new String(encoded, StandardCharsets.UTF_8);
    }

    /** The empty name is that of the default export, which is the only one. */
    boolean knows(String name) {
        return name.isEmpty() || name.equals(options.exportName());
    }

    String unknown() {
        return "no such export; there is '" + options.exportName() + "'";
    }
}
