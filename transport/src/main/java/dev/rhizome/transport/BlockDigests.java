package dev.rhizome.transport;

import dev.rhizome.core.Limits;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 of blocks, cut to {@link Limits#DIGEST_BYTES}: by accident, two different blocks have the
 * same once in 2^64 pairs. One for each thread, kept, since a digest is costly to make.
 */
final class BlockDigests {
    private static final FastThreadLocal<BlockDigests> THIS_THREADS =
            new FastThreadLocal<>() {
                @Override
                protected BlockDigests initialValue() {
                    return new BlockDigests();
                }
            };

    private final MessageDigest sha256;
    private final byte[] whole;

    private BlockDigests() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        whole = new byte[sha256.getDigestLength()];
    }

    static BlockDigests ofThisThread() {
        return THIS_THREADS.get();
    }

    /** As {@link dev.rhizome.core.Payload#digests}; the content's position and limit move. */
    void of(ByteBuffer content, int blockBytes, ByteBuffer into) {
        int end = content.limit();
        while (content.position() < end) {
            content.limit(Math.min(end, content.position() + blockBytes));
            sha256.update(content);
            into.put(digest(), 0, Limits.DIGEST_BYTES);
            content.limit(end);
        }
    }

    private byte[] digest() {
        try {
            sha256.digest(whole, 0, whole.length);
        } catch (DigestException e) {
            throw new IllegalStateException("the digest has room", e);
        }
        return whole;
    }
}
