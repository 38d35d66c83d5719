package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Two settlements and connections between them whose messages arrive in any order among the
 * connections, that are cut at random, also on one side before the other.
 */
final class SettlementTest {
    private static final int SEEDS = 300;
    private static final int STEPS = 400;
    private static final int QUIET_STEPS = 2000;

    /** One direction of one connection. */
    private record Message(String what, long id) {}

    private final class Connection implements Settlement.Candidate {
        final ArrayDeque<Message> toFollower = new ArrayDeque<>();
        final ArrayDeque<Message> toCoordinator = new ArrayDeque<>();
        boolean openAtCoordinator = true;
        boolean openAtFollower = true;
        boolean settledAtCoordinator;
        boolean settledAtFollower;
        long invited;

        @Override
        public void invite(long id) {
            toFollower.add(new Message("INVITE", id));
        }

        @Override
        public void accept() {
            toFollower.add(new Message("ACCEPT", 0));
        }

        @Override
        public void refuse(String reason) {
            refusals++;
            assertThat(reason).isEqualTo(Settlement.SETTLED);
            closeAtCoordinator(this);
        }
    }

    private final List<Connection> connections = new ArrayList<>();
    private Connection atCoordinator = new Connection();
    private Connection atFollower = new Connection();
    private boolean upAtCoordinator;
    private boolean upAtFollower;
    private long nextId;
    private int refusals;
    private final Settlement coordinator =
            new Settlement(true, reason -> closeAtCoordinator(atCoordinator), () -> ++nextId);
    private final Settlement follower =
            new Settlement(false, reason -> closeAtFollower(atFollower), () -> ++nextId);

    private void closeAtCoordinator(Connection connection) {
        if (!connection.openAtCoordinator) {
            return;
        }
        connection.openAtCoordinator = false;
        if (connection.settledAtCoordinator) {
            assertThat(atCoordinator).isSameAs(connection);
            upAtCoordinator = false;
            coordinator.onLinkDown();
        } else {
            coordinator.onGone(connection);
        }
    }

    private void closeAtFollower(Connection connection) {
        if (!connection.openAtFollower) {
            return;
        }
        connection.openAtFollower = false;
        if (connection.settledAtFollower) {
            assertThat(atFollower).isSameAs(connection);
            upAtFollower = false;
            follower.onLinkDown();
        }
    }

    private void deliverToFollower(Connection connection) {
        Message message = connection.toFollower.poll();
        if (!connection.openAtFollower) {
            return;
        }
        if (message == null) {
            if (!connection.openAtCoordinator) {
                closeAtFollower(connection);
            }
            return;
        }
        if (message.what.equals("INVITE")) {
            connection.invited = message.id;
            connection.toCoordinator.add(new Message("OFFER", follower.currentId()));
        } else {
            follower.onAccept();
            assertThat(upAtFollower).as("two links at the follower").isFalse();
            connection.toCoordinator.add(new Message("CONFIRM", 0));
            connection.settledAtFollower = true;
            atFollower = connection;
            upAtFollower = true;
            follower.onLinkUp(connection.invited);
        }
    }

    private void deliverToCoordinator(Connection connection) {
        Message message = connection.toCoordinator.poll();
        if (!connection.openAtCoordinator) {
            return;
        }
        if (message == null) {
            if (!connection.openAtFollower) {
                closeAtCoordinator(connection);
            }
            return;
        }
        if (message.what.equals("OFFER")) {
            coordinator.onOffer(connection, message.id);
        } else {
            long id = coordinator.onConfirm(connection);
            assertThat(id).isNotZero();
            assertThat(upAtCoordinator).as("two links at the coordinator").isFalse();
            connection.settledAtCoordinator = true;
            atCoordinator = connection;
            upAtCoordinator = true;
            coordinator.onLinkUp(id);
        }
    }

    private void connect() {
        Connection connection = new Connection();
        connections.add(connection);
        coordinator.onReady(connection);
    }

    private void step(Random random, boolean faults) {
        if (connections.isEmpty()) {
            return;
        }
        Connection connection = connections.get(random.nextInt(connections.size()));
        switch (random.nextInt(faults ? 12 : 10)) {
            case 10 -> closeAtCoordinator(connection);
            case 11 -> closeAtFollower(connection);
            default -> {
                if (random.nextBoolean()) {
                    deliverToFollower(connection);
                } else {
                    deliverToCoordinator(connection);
                }
            }
        }
        connections.removeIf(old -> !old.openAtCoordinator && !old.openAtFollower);
    }

    private void run(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < STEPS; i++) {
            if (connections.size() < 6 && random.nextInt(8) == 0) {
                connect();
            }
            step(random, true);
        }
        // Faults end; both nodes dial while they have no link.
        for (int i = 0; i < QUIET_STEPS; i++) {
            if ((!upAtCoordinator || !upAtFollower) && connections.size() < 3) {
                connect();
            }
            step(random, false);
        }
        assertThat(upAtCoordinator).as("link at the coordinator, seed " + seed).isTrue();
        assertThat(upAtFollower).as("link at the follower, seed " + seed).isTrue();
        assertThat(atCoordinator).isSameAs(atFollower);
        assertThat(coordinator.currentId()).isEqualTo(follower.currentId()).isNotZero();
        assertThat(connections).containsExactly(atCoordinator);
    }

    @Test
    void afterAnyFaultsThereIsOneLinkAndTheSameOnBothSides() {
        int seen = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            SettlementTest trial = new SettlementTest();
            trial.run(seed);
            seen += trial.refusals;
        }
        assertThat(seen).as("refusals: the race was exercised").isPositive();
    }

    @Test
    void anOfferNobodyAskedForIsRefused() {
        List<String> refused = new ArrayList<>();
        coordinator.onOffer(
                new Settlement.Candidate() {
                    @Override
                    public void invite(long id) {}

                    @Override
                    public void accept() {
                        refused.add("accepted");
                    }

                    @Override
                    public void refuse(String reason) {
                        refused.add(reason);
                    }
                },
                0);
        assertThat(refused).hasSize(1).first().asString().contains("without being asked");
    }
}
