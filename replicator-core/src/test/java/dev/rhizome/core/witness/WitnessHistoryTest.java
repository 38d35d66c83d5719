package dev.rhizome.core.witness;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Many random histories of nodes that ask, give up, ask again, release and start anew, with
 * messages that come late or never, and of a witness that dies at any point: no generation is ever
 * two nodes' at once.
 */
class WitnessHistoryTest {
    private static final int RUNS = 3000;
    private static final int STEPS = 250;
    private static final String RESOURCE = "r0";

    /** A connection: what the node has said on it and the witness has not read yet. */
    private static final class Connection {
        final Node node;
        final ArrayDeque<WitnessRequest> underWay = new ArrayDeque<>();
        long number;
        boolean givenUp;
        @Nullable WitnessRequest unanswered;

        Connection(Node node) {
            this.node = node;
        }
    }

    private static final class Node {
        final String name;

        /** On these it may go on alone; what it believes is what it acts on. */
        final Set<Long> rights = new HashSet<>();

        long session;
        long ask;
        @Nullable Connection connection;
        @Nullable WitnessRequest wish;

        Node(String name, long session) {
            this.name = name;
            this.session = session;
        }
    }

    private static final class World implements WitnessDesk.Effects {
        final Random random;
        final List<Node> nodes = new ArrayList<>();
        final Map<Long, Connection> accepted = new HashMap<>();
        final Set<String> rules = new HashSet<>();
        byte[] durable = LedgerCodec.encode(LedgerImage.EMPTY);
        byte @Nullable [] beingWritten;
        WitnessDesk desk;
        long sessions;

        World(long seed) throws WitnessFormatException {
            random = new Random(seed);
            for (String name : List.of("a", "b", "c")) {
                nodes.add(new Node(name, ++sessions));
            }
            desk = new WitnessDesk(LedgerCodec.decode(durable), this);
        }

        void step() throws WitnessFormatException {
            Node node = nodes.get(random.nextInt(nodes.size()));
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> wishForGrant(node);
                case 3 -> wishForRelease(node);
                case 4, 5, 6, 7 -> deliver();
                case 8, 9 -> writeEnds();
                case 10 -> giveUp(node);
                default -> seldom(node);
            }
        }

        private void seldom(Node node) throws WitnessFormatException {
            switch (random.nextInt(4)) {
                case 0 -> restartNode(node);
                case 1 -> crash();
                default -> end();
            }
        }

        private void wishForGrant(Node node) {
            long generation = 100L + random.nextInt(3);
            long ask = random.nextInt(3) == 0 ? node.ask : ++node.ask;
            say(node, WitnessRequest.grant(RESOURCE, generation, node.session, ask));
        }

        /** Only a node that is in step with its peer says so: it does not go on alone any more. */
        private void wishForRelease(Node node) {
            node.rights.clear();
            long ask = random.nextBoolean() ? node.ask : ++node.ask;
            say(node, WitnessRequest.release(RESOURCE, node.session, ask));
        }

        /** One question at a time: for another one the node gives the connection up. */
        private void say(Node node, WitnessRequest request) {
            Connection before = node.connection;
            if (before != null && before.unanswered != null) {
                giveUp(node);
            }
            node.wish = request;
            Connection connection = node.connection;
            if (connection == null) {
                connection = new Connection(node);
                node.connection = connection;
                connection.number = desk.accepted();
                accepted.put(connection.number, connection);
                desk.identified(connection.number, node.name);
            }
            connection.unanswered = request;
            connection.underWay.add(request);
        }

        private void giveUp(Node node) {
            if (node.connection != null) {
                node.connection.givenUp = true;
                node.connection = null;
            }
        }

        /** A message of any connection arrives: those of one in order, one as late as it likes. */
        private void deliver() {
            List<Connection> some =
                    accepted.values().stream()
                            .filter(each -> !each.underWay.isEmpty())
                            .filter(each -> !desk.waits(each.number))
                            .toList();
            if (!some.isEmpty()) {
                Connection connection = some.get(random.nextInt(some.size()));
                desk.ask(connection.number, connection.underWay.remove(), 0);
            }
        }

        /** The witness notices that a connection has ended. */
        private void end() {
            List<Connection> some =
                    accepted.values().stream().filter(each -> each.givenUp).toList();
            if (!some.isEmpty()) {
                Connection connection = some.get(random.nextInt(some.size()));
                accepted.remove(connection.number);
                desk.gone(connection.number);
            }
        }

        private void restartNode(Node node) {
            giveUp(node);
            node.session = ++sessions;
            node.ask = 0;
        }

        @Override
        public void write(byte[] image) {
            beingWritten = image;
        }

        private void writeEnds() {
            if (beingWritten != null) {
                durable = beingWritten;
                beingWritten = null;
                desk.written();
            }
        }

        /** The file is the old one or the new one, and all connections are gone. */
        private void crash() throws WitnessFormatException {
            if (beingWritten != null && random.nextBoolean()) {
                durable = beingWritten;
            }
            beingWritten = null;
            accepted.clear();
            nodes.forEach(this::giveUp);
            desk = new WitnessDesk(LedgerCodec.decode(durable), this);
        }

        @Override
        public void answer(long number, WitnessAnswer answer) {
            rules.add(answer.rule());
            Connection connection = accepted.get(number);
            if (connection == null || connection.givenUp) {
                return;
            }
            WitnessRequest asked = connection.unanswered;
            connection.unanswered = null;
            if (asked != null && answer.verdict() == Verdict.GRANTED) {
                connection.node.rights.add(asked.generation());
            }
        }

        @Override
        public void decided(String node, WitnessRequest request, WitnessAnswer answer) {
            // Nobody acts on this.
        }

        void requireOneOwner(long seed) {
            Map<Long, String> owners = new HashMap<>();
            for (Node node : nodes) {
                for (long generation : node.rights) {
                    String other = owners.put(generation, node.name);
                    assertThat(other).as("owner of %s, seed %s", generation, seed).isNull();
                }
            }
        }
    }

    @Test
    void noGenerationIsTwoNodes() throws Exception {
        Set<String> rules = new HashSet<>();
        for (long seed = 0; seed < RUNS; seed++) {
            World world = new World(seed);
            for (int step = 0; step < STEPS; step++) {
                world.step();
                world.requireOneOwner(seed);
            }
            rules.addAll(world.rules);
        }
        assertThat(rules)
                .contains(
                        "free",
                        "held",
                        "repeated",
                        "further-generation",
                        "newer-generation",
                        "released",
                        "not-holder",
                        "other-session",
                        "older-connection");
    }

    /** Without the connections' order: one session of each node, messages late, lost and twice. */
    @Test
    void theLedgerAloneStandsLateMessagesOfOneSession() {
        for (long seed = 0; seed < RUNS; seed++) {
            Random random = new Random(seed);
            WitnessLedger ledger = new WitnessLedger(List.of());
            List<Node> nodes = List.of(new Node("a", 1), new Node("b", 2), new Node("c", 3));
            Map<WitnessRequest, Node> said = new HashMap<>();
            List<WitnessRequest> order = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                Node node = nodes.get(random.nextInt(nodes.size()));
                if (random.nextInt(4) == 0) {
                    node.rights.clear();
                    node.wish = WitnessRequest.release(RESOURCE, node.session, ++node.ask);
                } else {
                    long generation = 100L + random.nextInt(3);
                    node.wish =
                            WitnessRequest.grant(RESOURCE, generation, node.session, ++node.ask);
                }
                said.put(node.wish, node);
                order.add(node.wish);
                for (int times = random.nextInt(3); times > 0; times--) {
                    WitnessRequest any = order.get(random.nextInt(order.size()));
                    Node asker = said.getOrDefault(any, node);
                    arrive(ledger, asker, random.nextInt(4) == 0 ? any : asker.wish);
                }
                requireOneOwner(nodes, seed);
            }
        }
    }

    /** A node goes by the answer to what it asked last only. */
    private static void arrive(WitnessLedger ledger, Node node, @Nullable WitnessRequest request) {
        if (request == null) {
            return;
        }
        if (request.kind() == WitnessRequest.Kind.RELEASE) {
            ledger.release(node.name, request);
        } else {
            WitnessAnswer answer = ledger.grant(node.name, request, 0).answer();
            if (answer.verdict() == Verdict.GRANTED && request.equals(node.wish)) {
                node.rights.add(request.generation());
            }
        }
    }

    private static void requireOneOwner(List<Node> nodes, long seed) {
        Set<Long> owned = new HashSet<>();
        for (Node node : nodes) {
            for (long generation : node.rights) {
                assertThat(owned.add(generation)).as("generation of one, seed %s", seed).isTrue();
            }
        }
    }
}
