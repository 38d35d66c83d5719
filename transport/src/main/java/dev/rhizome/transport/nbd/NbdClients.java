package dev.rhizome.transport.nbd;

import dev.rhizome.transport.RepeatedReasons;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is connected. Strangers, who have come by TCP and have not yet shown a certificate, are
 * counted on their own: they cannot take the places of clients.
 */
final class NbdClients {
    private static final Logger LOG = LoggerFactory.getLogger(NbdClients.class);
    private static final int MAX_STRANGERS = 16;
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private final NbdServerOptions options;
    private final NbdStatistics statistics;
    private final Set<NbdConnection> all = new LinkedHashSet<>();
    private final Set<NbdConnection> strangers = new LinkedHashSet<>();

    /** Whoever tries again and again must not fill the log. */
    private final RepeatedReasons reasons = new RepeatedReasons();

    NbdClients(NbdServerOptions options, NbdStatistics statistics) {
        this.options = options;
        this.statistics = statistics;
    }

    /** Whether another one is let in. */
    boolean hasRoom(NbdOrigin origin) {
        if (origin.adopted() != null) {
            return true;
        }
        return origin.security() == NbdSecurity.TLS_REQUIRED
                ? strangers.size() < MAX_STRANGERS
                : known() < options.maxConnections();
    }

    private int known() {
        return all.size() - strangers.size();
    }

    void add(NbdConnection connection, NbdOrigin origin) {
        statistics.connectionsTotal++;
        all.add(connection);
        if (origin.security() == NbdSecurity.TLS_REQUIRED) {
            strangers.add(connection);
        }
    }

    /** Somebody was not let in. */
    void refuse(NbdOrigin origin) {
        statistics.connectionsRefused++;
        int times = reasons.tell("refused", System.nanoTime());
        if (times > 0) {
            LOG.warn(
                    "{}: NBD client{} refused: {} are connected; {} refused so far",
                    options.exportName(),
                    origin.client(),
                    all.size(),
                    statistics.connectionsRefused);
        }
    }

    boolean isStranger(NbdConnection connection) {
        return strangers.contains(connection);
    }

    /** A stranger has shown his certificate: whether there is a place for him. */
    boolean admit(NbdConnection connection) {
        if (known() >= options.maxConnections()) {
            statistics.connectionsRefused++;
            return false;
        }
        strangers.remove(connection);
        return true;
    }

    void remove(NbdConnection connection) {
        all.remove(connection);
        strangers.remove(connection);
    }

    int size() {
        return all.size();
    }

    List<NbdConnection> list() {
        return List.copyOf(all);
    }

    /** Says why a connection has ended. */
    void tell(NbdOrigin origin, String why, boolean suspicious) {
        if (!suspicious) {
            LOG.debug("{}: NBD client{} gone: {}", options.exportName(), origin.client(), why);
            return;
        }
        // What a client has sent may be in the text: it must not make every reason a new one.
        String kind = NUMBER.matcher(why).replaceAll("#");
        int times = reasons.tell(kind, System.nanoTime());
        if (times > 0) {
            LOG.warn(
                    "{}: NBD client{} dropped: {}{}",
                    options.exportName(),
                    origin.client(),
                    why,
                    times > 1 ? " (" + times + " times)" : "");
        }
    }
}
