package dev.rhizome.simulator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.NodeState;
import dev.rhizome.core.role.PromotionRule;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What of the engine the runs have reached: rules, effects, and states, with counts. */
final class Coverage {

    /** The kinds of effects, as {@link dev.rhizome.core.Effects} has them. */
    enum Effect {
        DISK_READ,
        DISK_WRITE,
        DISK_WRITE_DURABLE,
        DISK_FLUSH,
        DISK_TRIM,
        DISK_ZERO,
        WRITE_METADATA,
        SEND,
        SEND_CONTROL,
        CLOSE_LINK,
        WANT_LINK,
        COMPLETE,
        SERVE,
        DISMISS_CLIENTS,
        RELEASE_DISK,
        CALL_HANDLER,
        FENCE_PEER,
        UNFENCE_PEER,
        PREPARE_TARGET,
        GROW_DISK,
        RESIZED,
        COMMAND_DONE,
        EVENT,
        DEADLINE,
        CLOSED
    }

    /** A state machine of {@link NodeState}, as numbers. */
    enum Machine {
        ROLE(Role.SECONDARY),
        PEER_ROLE(Role.UNKNOWN),
        DISK(DiskState.ATTACHING),
        PEER_DISK(DiskState.UNKNOWN),
        CONNECTION(ConnectionState.STAND_ALONE),
        REPLICATION(ReplicationState.OFF);

        private final int initial;
        private final int size;

        Machine(Enum<?> initial) {
            this.initial = initial.ordinal();
            this.size = initial.getDeclaringClass().getEnumConstants().length;
        }

        Enum<?>[] states() {
            return switch (this) {
                case ROLE, PEER_ROLE -> Role.values();
                case DISK, PEER_DISK -> DiskState.values();
                case CONNECTION -> ConnectionState.values();
                case REPLICATION -> ReplicationState.values();
            };
        }

        int initial() {
            return initial;
        }

        Enum<?> in(NodeState state) {
            return switch (this) {
                case ROLE -> state.role();
                case PEER_ROLE -> state.peerRole();
                case DISK -> state.disk();
                case PEER_DISK -> state.peerDisk();
                case CONNECTION -> state.connection();
                case REPLICATION -> state.replication();
            };
        }
    }

    private static final Machine[] MACHINES = Machine.values();

    private final long[] effects = new long[Effect.values().length];
    private final long[][] transitions = new long[MACHINES.length][];
    private final Map<String, long[]> handshakes = new TreeMap<>();
    private final Map<String, long[]> answers = new TreeMap<>();
    private final Map<String, long[]> events = new TreeMap<>();

    Coverage() {
        for (Machine machine : MACHINES) {
            transitions[machine.ordinal()] = new long[machine.size * machine.size];
        }
    }

    /** What one life of a node was in last. */
    static int[] initialStates() {
        return Arrays.stream(MACHINES).mapToInt(Machine::initial).toArray();
    }

    void effect(Effect effect) {
        effects[effect.ordinal()]++;
    }

    void event(String rule, String reason) {
        count(events, rule, 1);
        if (rule.equals("handshake")) {
            count(handshakes, reason.substring(0, reason.indexOf(':')), 1);
        }
    }

    void answer(String rule) {
        count(answers, rule, 1);
    }

    /** Something may have changed since the states were these, which are brought up to date. */
    void states(@Nullable Replica replica, int[] last) {
        if (replica == null) {
            return;
        }
        for (Machine machine : MACHINES) {
            int at = machine.ordinal();
            int now = machine.in(replica.state()).ordinal();
            if (now != last[at]) {
                transitions[at][last[at] * machine.size + now]++;
                last[at] = now;
            }
        }
    }

    private static void count(Map<String, long[]> counts, String name, long more) {
        counts.computeIfAbsent(name, absent -> new long[1])[0] += more;
    }

    /** Adds what other runs have reached. */
    void add(Coverage other) {
        add(effects, other.effects);
        for (int i = 0; i < transitions.length; i++) {
            add(transitions[i], other.transitions[i]);
        }
        other.handshakes.forEach((name, value) -> count(handshakes, name, value[0]));
        other.answers.forEach((name, value) -> count(answers, name, value[0]));
        other.events.forEach((name, value) -> count(events, name, value[0]));
    }

    private static void add(long[] to, long[] from) {
        for (int i = 0; i < to.length; i++) {
            to[i] += from[i];
        }
    }

    long count(Effect effect) {
        return effects[effect.ordinal()];
    }

    long count(HandshakeRule rule) {
        return of(handshakes, rule.label());
    }

    /** How often a promotion ended by this rule. */
    long count(PromotionRule rule) {
        return of(answers, rule.label());
    }

    long count(Machine machine, int from, int to) {
        return transitions[machine.ordinal()][from * machine.size + to];
    }

    private static long of(Map<String, long[]> counts, String name) {
        long[] count = counts.get(name);
        return count == null ? 0 : count[0];
    }

    /** The rules that commands ended by. */
    Map<String, long[]> answers() {
        return answers;
    }

    /** The rules of all events. */
    Map<String, long[]> events() {
        return events;
    }
}
