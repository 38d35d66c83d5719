package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PeerPathsTest {
    private final PeerPaths paths = new PeerPaths(2);

    @Test
    void theyAreTriedInTurn() {
        assertThat(paths.current()).isZero();
        assertThat(paths.failed()).isFalse();
        assertThat(paths.current()).isOne();
        assertThat(paths.failed()).as("all have been tried").isTrue();
        assertThat(paths.current()).isZero();
        assertThat(paths.failed()).isFalse();
    }

    @Test
    void theGoodOneIsRemembered() {
        assertThat(paths.failed()).isFalse();
        paths.up(1);
        paths.down(true);
        assertThat(paths.current()).isOne();
    }

    @Test
    void oneThatHasFallenSilentIsNotTriedFirst() {
        paths.up(1);
        paths.down(false);
        assertThat(paths.current()).isZero();
        paths.up(0);
        paths.down(false);
        assertThat(paths.current()).isOne();
    }

    @Test
    void withOneThereIsNoChoice() {
        PeerPaths single = new PeerPaths(1);
        assertThat(single.failed()).isTrue();
        single.up(0);
        single.down(false);
        assertThat(single.current()).isZero();
    }
}
