package dev.rhizome.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is asked of the kernel that runs. */
class KernelTest {

    @Test
    void comparesReleases() {
        KernelRelease release = new KernelRelease(6, 1);
        assertThat(release.atLeast(6, 1)).isTrue();
        assertThat(release.atLeast(5, 14)).isTrue();
        assertThat(release.atLeast(6, 2)).isFalse();
        assertThat(release.atLeast(7, 0)).isFalse();
        assertThat(release).hasToString("6.1");
    }

    @Test
    void readsTheRunningOne() throws IOException {
        assertThat(KernelRelease.running().atLeast(3, 0)).isTrue();
        assertThat(System.getProperty("os.version")).startsWith(KernelRelease.running().toString());
    }

    @Test
    void saysWhyAModuleCannotBeLoaded() {
        assertThat(KernelModule.load("rhizome_no_such_module")).isNotEmpty().doesNotContain("\n");
    }
}
