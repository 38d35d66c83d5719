package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.policy.Handler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class HandlerRunnerTest {
    @TempDir private Path folder = Path.of("");

    private Path program(String script) throws IOException {
        Path program = folder.resolve("a program; exit 1 $(exit 2)");
        Files.writeString(program, "#!/bin/bash\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }

    private HandlerRunner.Ended call(Path program, Duration limit) {
        InetSocketAddress nowhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
        VolumeOptions options =
                VolumeOptions.builder("r0", "alpha", "beta")
                        .disk(folder.resolve("a disk"))
                        .link(nowhere, nowhere)
                        .certificates(folder, folder, folder)
                        .handlers(Map.of(Handler.LOCAL_IO_ERROR, program))
                        .handlerTimeout(limit)
                        .build();
        CompletableFuture<HandlerRunner.Ended> ended = new CompletableFuture<>();
        new HandlerRunner(options).call(Handler.LOCAL_IO_ERROR, ended::complete);
        return ended.join();
    }

    /** What the program has written to its file. */
    private List<String> told() throws IOException {
        return Files.readAllLines(folder.resolve("told"));
    }

    private static final String TELL =
            " >\"${0%/*}/telling\"; mv \"${0%/*}/telling\" \"${0%/*}/told\"\n";

    @Test
    void aProgramIsToldWhatItIsAboutAndNothingElse() throws Exception {
        HandlerRunner.Ended ended =
                call(
                        program(
                                "{ echo $#; cat; env | grep ^DRBD_ | sort; echo \"$0\"; }"
                                        + TELL
                                        + "exit 7\n"),
                        Duration.ofMinutes(2));
        assertThat(ended).isEqualTo(new HandlerRunner.Ended(7, ""));
        assertThat(told())
                .containsExactly(
                        "0",
                        "DRBD_BACKING_DEV=" + folder.resolve("a disk"),
                        "DRBD_LL_DISK=" + folder.resolve("a disk"),
                        "DRBD_MINOR=0",
                        "DRBD_MY_ADDRESS=localhost",
                        "DRBD_PEER=beta",
                        "DRBD_PEERS=beta",
                        "DRBD_PEER_ADDRESS=localhost",
                        "DRBD_PEER_AF=ipv4",
                        "DRBD_RESOURCE=r0",
                        "DRBD_VOLUME=0",
                        folder.resolve("a program; exit 1 $(exit 2)").toString());
    }

    @Test
    void aProgramThatHangsIsEndedWithWhatItHasStarted() throws Exception {
        HandlerRunner.Ended ended =
                call(
                        program("sleep infinity & printf '%s\\n' $$ $!" + TELL + "wait\n"),
                        Duration.ofSeconds(3));
        assertThat(ended.exitCode()).isEqualTo(HandlerRunner.NOT_RUN);
        assertThat(ended.detail()).contains("took more than 3 s");
        for (String process : told()) {
            var alive = ProcessHandle.of(Long.parseLong(process));
            if (alive.isPresent()) {
                alive.get().onExit().get(60, TimeUnit.SECONDS);
            }
        }
    }
}
