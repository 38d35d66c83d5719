package dev.rhizome.transport.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node's side of TLS, as its files say now. Whoever makes a connection asks for the current one;
 * files that have changed are looked for, and checked, by {@link #look}. What cannot be used is
 * told, and what was good before stays. Certificate and revocations stand on their own: while a new
 * certificate is not good, a new list still counts, and the other way round.
 */
public final class LiveTls {
    private static final String STAMP = "unix:ino,size,lastModifiedTime,ctime";

    /** Looks between two tries with files that were not good: a key may be slow to decrypt. */
    private static final int RETRY_EVERY = 10;

    private final TlsFiles files;
    private final String node;
    private final TlsEngine engine;
    private final Clock clock;
    private volatile PeerTls current;
    private volatile String problem = "";

    // What follows belongs to who looks.
    private List<Map<String, Object>> seen;
    private String untold = "";
    private int skipped;

    private LiveTls(
            TlsFiles files,
            String node,
            TlsEngine engine,
            Clock clock,
            List<Map<String, Object>> seen,
            PeerTls current) {
        this.files = files;
        this.node = node;
        this.engine = engine;
        this.clock = clock;
        this.seen = seen;
        this.current = current;
    }

    /**
     * What has come of a look.
     *
     * @param changed whether there is another {@link #current}
     * @param news what it is, for a person; empty if it is as it was
     * @param problem why files that have changed are not used, when that is first known; else empty
     */
    public record Look(boolean changed, String news, String problem) {
        private static final Look NOTHING = new Look(false, "", "");
    }

    /**
     * Loads the files.
     *
     * @see PeerTls#load(TlsFiles, String)
     */
    public static LiveTls load(TlsFiles files, String node) throws TlsSetupException {
        return load(files, node, TlsEngine.best(), Clock.systemUTC());
    }

    /** Loads the files for one engine; the clock says which dates are good. */
    public static LiveTls load(TlsFiles files, String node, TlsEngine engine, Clock clock)
            throws TlsSetupException {
        List<Map<String, Object>> seen = stamps(files);
        PeerTls loaded = PeerTls.load(files, node, engine, clock);
        return new LiveTls(files, node, engine, clock, seen, loaded);
    }

    /** For connections that are made now. From any thread. */
    public PeerTls current() {
        return current;
    }

    /** Why the files as they are now are not used; empty if they are. From any thread. */
    public String problem() {
        return problem;
    }

    /**
     * Looks whether the files have changed, and takes them up if they are good. Two files cannot be
     * replaced at once: what does not fit together is told only if it still does not at the next
     * look. Blocks for a moment; not on an event loop.
     *
     * @param last nothing is waited for: what is wrong is told now
     */
    public synchronized Look look(boolean last) {
        List<Map<String, Object>> now = stamps(files);
        boolean settled = now.equals(seen);
        if (settled && untold.isEmpty() && !last && !due()) {
            return Look.NOTHING;
        }
        seen = now;
        PeerTls before = current;
        List<String> problems = new ArrayList<>();
        PeerTls after = reloaded(before, problems);
        String wrong = String.join("; ", problems);
        boolean news = !wrong.equals(problem);
        if (wrong.isEmpty() || settled || last) {
            problem = wrong;
            untold = "";
        } else {
            untold = wrong;
            news = false;
        }
        current = after;
        return new Look(after != before, after == before ? "" : news(after), news ? problem : "");
    }

    /** What is wrong may come right by itself, as time passes: now and then it is tried again. */
    private boolean due() {
        skipped = problem.isEmpty() ? 0 : (skipped + 1) % RETRY_EVERY;
        return !problem.isEmpty() && skipped == 0;
    }

    private PeerTls reloaded(PeerTls before, List<String> problems) {
        NodeCredentials credentials = before.credentials();
        Revocations revocations = before.revocations();
        try {
            NodeCredentials fresh = NodeCredentials.load(files, node, clock.instant());
            credentials = fresh.sameAs(credentials) ? credentials : fresh;
        } catch (TlsSetupException e) {
            problems.add(e.getMessage() + "; the certificate of before stays in use");
        }
        try {
            Revocations fresh = Revocations.load(files.revoked(), credentials.authorities());
            if (revocations.listed() && !fresh.listed()) {
                problems.add(
                        files.revoked()
                                + " is gone; the list of before counts until this process ends, put"
                                + " it back");
            } else {
                revocations = fresh.sameAs(revocations) ? revocations : fresh;
            }
        } catch (TlsSetupException e) {
            problems.add(e.getMessage() + "; the list of before counts");
        }
        if (credentials.sameAs(before.credentials()) && revocations.sameAs(before.revocations())) {
            return before;
        }
        try {
            return PeerTls.of(credentials, revocations, engine, clock);
        } catch (TlsSetupException e) {
            problems.add(String.valueOf(e.getMessage()));
            return before;
        }
    }

    private static String news(PeerTls tls) {
        return "certificate of "
                + PeerTls.quoted(PeerTls.namesOf(tls.certificate()))
                + ", serial "
                + PeerTls.serial(tls.certificate())
                + ", valid until "
                + tls.validUntil()
                + "; "
                + tls.revocations().count()
                + " revoked";
    }

    private static List<Map<String, Object>> stamps(TlsFiles files) {
        return Stream.of(
                        files.authority(),
                        files.certificate(),
                        files.key(),
                        files.passphrase(),
                        files.revoked())
                .map(LiveTls::stamp)
                .toList();
    }

    /** What changes when a file does; nothing if it is not there. */
    private static Map<String, Object> stamp(@Nullable Path file) {
        try {
            return file == null ? Map.of() : Files.readAttributes(file, STAMP);
        } catch (IOException e) {
            // Why will be said by who reads it.
            return Map.of();
        }
    }
}
