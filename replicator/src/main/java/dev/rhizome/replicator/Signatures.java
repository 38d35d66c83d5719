package dev.rhizome.replicator;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the first bytes of a disk give away of its contents, as wipefs knows it. */
final class Signatures {

    /**
     * One magic value.
     *
     * @param what what a disk is that has it
     * @param offsetBytes where it stands
     * @param magic its bytes, in hexadecimal
     */
    private record Signature(String what, int offsetBytes, String magic) {

        boolean isIn(ByteBuffer head) {
            byte[] wanted = HexFormat.of().parseHex(magic);
            byte[] found = new byte[wanted.length];
            if (offsetBytes + wanted.length > head.limit()) {
                return false;
            }
            head.get(offsetBytes, found);
            return Arrays.equals(found, wanted);
        }
    }

    private static final List<Signature> KNOWN =
            List.of(
                    new Signature("an ext2, ext3 or ext4 file system", 0x438, "53EF"),
                    text("an XFS file system", 0, "XFSB"),
                    text("a Btrfs file system", 0x10040, "_BHRfS_M"),
                    new Signature("an F2FS file system", 0x400, "1020F5F2"),
                    text("swap space", 4086, "SWAPSPACE2"),
                    text("an LVM physical volume", 512, "LABELONE"),
                    new Signature("a LUKS volume", 0, "4C554B53BABE"),
                    new Signature("a Linux RAID member", 0, "FC4E2BA9"),
                    new Signature("a Linux RAID member", 4096, "FC4E2BA9"),
                    text("a SquashFS file system", 0, "hsqs"),
                    text("an ISO 9660 file system", 0x8001, "CD001"),
                    text("a GPT partition table", 512, "EFI PART"),
                    new Signature("a partition table or boot sector", 510, "55AA"));

    private Signatures() {}

    /** What the disk looks like, or null if nothing is recognised. */
    static @Nullable String find(ByteBuffer head) {
        for (Signature signature : KNOWN) {
            if (signature.isIn(head)) {
                return signature.what();
            }
        }
        return null;
    }

    private static Signature text(String what, int offsetBytes, String magic) {
        byte[] bytes = magic.getBytes(StandardCharsets.US_ASCII);
        return new Signature(what, offsetBytes, HexFormat.of().withUpperCase().formatHex(bytes));
    }
}
