package dev.rhizome.replicator;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the first bytes of a disk give away of its contents, as wipefs knows it. */
final class Signatures {

    /** One magic value. */
    private record Signature(String what, int offsetBytes, byte[] magic) {}

    private static final List<Signature> KNOWN =
            List.of(
                    new Signature("an ext2, ext3 or ext4 file system", 0x438, hex("53EF")),
                    text("an XFS file system", 0, "XFSB"),
                    text("a Btrfs file system", 0x10040, "_BHRfS_M"),
                    new Signature("an F2FS file system", 0x400, hex("1020F5F2")),
                    text("swap space", 4086, "SWAPSPACE2"),
                    text("an LVM physical volume", 512, "LABELONE"),
                    new Signature("a LUKS volume", 0, hex("4C554B53BABE")),
                    text("a GPT partition table", 512, "EFI PART"),
                    new Signature("a partition table or boot sector", 510, hex("55AA")));

    private Signatures() {}

    /** What the disk looks like, or null if nothing is recognised. */
    static @Nullable String find(ByteBuffer head) {
        for (Signature signature : KNOWN) {
            if (matches(head, signature)) {
                return signature.what();
            }
        }
        return null;
    }

    private static boolean matches(ByteBuffer head, Signature signature) {
        int end = signature.offsetBytes() + signature.magic().length;
        if (end > head.limit()) {
            return false;
        }
        for (int i = 0; i < signature.magic().length; i++) {
            if (head.get(signature.offsetBytes() + i) != signature.magic()[i]) {
                return false;
            }
        }
        return true;
    }

    private static Signature text(String what, int offsetBytes, String magic) {
        return new Signature(what, offsetBytes, magic.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
