package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.replicator.CommandResult;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ControlServerTest {
    private final FakeOpener opener = new FakeOpener();
    private final Fixture fixture;
    private final Path socket;
    private final Resources resources;
    private final ControlServer server;

    ControlServerTest(@TempDir Path directory) throws Exception {
        fixture = new Fixture(directory);
        socket = fixture.socket;
        resources = new Resources(fixture.configuration(), "alpha", opener);
        opener.refusals.put("r1", "its disk is missing");
        resources.upAll(Duration.ofSeconds(30));
        server = fixture.server(socket, resources);
    }

    @AfterEach
    void stop() {
        server.close();
        resources.close(Duration.ofSeconds(30));
        assertThat(socket).doesNotExist();
    }

    @Test
    void theSocketIsForOwnerAndGroup() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        try (var files = Files.list(socket.resolveSibling("."))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void statusIsAnArrayOfResources() throws Exception {
        String answer = ask("GET /v1/status HTTP/1.0\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("application/json");
        List<Object> all = JSON.std.listFrom(body(answer));
        assertThat(all).hasSize(2);
        assertThat((Map<?, ?>) all.get(0)).extracting("name", "up").containsExactly("r0", true);
        assertThat((Map<?, ?>) all.get(1))
                .extracting("name", "up", "down-reason")
                .containsExactly("r1", false, "its disk is missing");
    }

    @Test
    void statusIsTextForWhoAsksForText() throws Exception {
        assertThat(ask("GET /v1/resources/r0 HTTP/1.0\r\nAccept: text/plain\r\n\r\n"))
                .contains("content-type: text/plain; charset=utf-8")
                .contains("\r\n\r\nr0 role:Primary\n");
    }

    @ParameterizedTest
    @CsvSource({
        "primary,promote false",
        "secondary,demote",
        "connect,connect",
        "disconnect,disconnect"
    })
    void commandsGoToTheVolume(String verb, String call) throws Exception {
        String answer = post("r0/" + verb, "");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("\"it is done\"");
        assertThat(opener.volume("r0").calls).containsExactly(call);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "| START 0 0 false",
                "{\"start\": 4096, \"stop\": 8192, \"repair\": true} | START 4096 8192 true",
                "{\"repair-found\": true} | REPAIR_FOUND 0 0 false",
                "{\"cancel\": true, \"start\": 0} | CANCEL 0 0 false"
            })
    void verifyTakesARangeAndWhatToDo(@Nullable String body, String order) throws Exception {
        assertThat(post("r0/verify", body == null ? "" : body)).startsWith("HTTP/1.1 200 OK");

        assertThat(opener.volume("r0").calls).containsExactly("verify " + order);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"start\": -1} | must be a number of bytes",
                "{\"stop\": \"1MiB\"} | must be a number of bytes",
                "{\"start\": 1.5} | must be a number of bytes",
                "{\"repair\": 1} | must be true or false",
                "{\"force\": true} | are known",
                "{\"cancel\": true, \"repair\": true} | goes with no other field",
                "{\"repair-found\": true, \"stop\": 5} | goes with no other field",
                "{\"cancel\": true, \"repair-found\": true} | goes with no other field"
            })
    void verifyRefusesWhatItDoesNotKnow(String body, String detail) throws Exception {
        assertThat(post("r0/verify", body)).startsWith("HTTP/1.1 400").contains(detail);
        assertThat(opener.volume("r0").calls).isEmpty();
    }

    @Test
    void theMapTellsWhereItIsOutOfSync() throws Exception {
        String answer = ask("GET /v1/resources/r0/out-of-sync?cells=4 HTTP/1.0\r\n\r\n");
        assertThat(JSON.std.mapFrom(body(answer)))
                .containsEntry("known", true)
                .containsEntry("cell-bytes", 1 << 30)
                .containsEntry("out-of-sync-bytes", List.of(0, 4096, 1 << 30, 0));
        assertThat(ask("GET /v1/resources/r1/out-of-sync HTTP/1.0\r\n\r\n"))
                .contains("\"known\" : false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cells=0", "cells=1025", "cells=-1", "cells=a", "cells=", "rows=3"})
    void theMapRefusesWhatItDoesNotKnow(String query) throws Exception {
        assertThat(ask("GET /v1/resources/r0/out-of-sync?" + query + " HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
    }

    @Test
    void promoteTakesForce() throws Exception {
        post("r0/primary", "{\"force\": true}");

        assertThat(opener.volume("r0").calls).containsExactly("promote true");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|connect",
                "{\"discard-my-data\":false}|connect",
                "{\"discard-my-data\":true,\"tentative\":false}|connect DISCARD_MY_DATA",
                "{\"tentative\":true}|connect TENTATIVE"
            })
    void connectTakesItsMode(String body, String call) throws Exception {
        assertThat(post("r0/connect", body)).startsWith("HTTP/1.1 200 OK\r\n");

        assertThat(opener.volume("r0").calls).containsExactly(call);
    }

    @Test
    void connectTakesOneModeAndNothingElse() throws Exception {
        assertThat(post("r0/connect", "{\"tentative\":true,\"discard-my-data\":true}"))
                .contains("#/tentative")
                .contains("does not go with");
        assertThat(post("r0/connect", "{\"force\":true}")).contains("are known");
        assertThat(post("r0/connect", "{\"tentative\":\"yes\"}")).contains("must be true or false");
        assertThat(opener.volume("r0").calls).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|resize 0",
                "{\"size-bytes\":1073741824}|resize 1073741824",
                "{\"size-bytes\":0,\"assume-clean\":true}|resize 0 as it is"
            })
    void resizeTakesASize(String body, String call) throws Exception {
        assertThat(post("r0/resize", body)).startsWith("HTTP/1.1 200 OK\r\n");

        assertThat(opener.volume("r0").calls).containsExactly(call);
    }

    @Test
    void resizeTakesNoOtherSize() throws Exception {
        assertThat(post("r0/resize", "{\"size-bytes\":-1}")).contains("must be a number of bytes");
        assertThat(post("r0/resize", "{\"size-bytes\":true}")).contains("#/size-bytes");
        assertThat(post("r0/resize", "{\"assume-clean\":1}")).contains("must be true or false");
        assertThat(opener.volume("r0").calls).isEmpty();
    }

    @Test
    void upAndDownOpenAndClose() throws Exception {
        assertThat(post("r0/up", "")).contains("already-up");
        assertThat(post("r0/down", "")).contains("r0 is down");
        assertThat(post("r0/down", "")).contains("already-down");
        assertThat(post("r0/primary", ""))
                .startsWith("HTTP/1.1 409")
                .contains("r0 is down: taken down by command");
        assertThat(post("r0/up", "")).contains("\"rule\" : \"up\"");
        assertThat(opener.journal).containsExactly("open r0", "close r0", "open r0");
        assertThat(post("r1/up", "")).startsWith("HTTP/1.1 409").contains("its disk is missing");
    }

    @Test
    void aRefusalIsAProblemWithItsRule() throws Exception {
        opener.volume("r0").answer =
                CompletableFuture.completedFuture(
                        new CommandResult(false, "no-up-to-date-data", "the disk is Outdated"));

        String answer = post("r0/primary", "");

        assertThat(answer)
                .startsWith("HTTP/1.1 409 Conflict\r\n")
                .contains("content-type: application/problem+json");
        assertThat(JSON.std.mapFrom(body(answer)))
                .containsEntry("type", "urn:rhizome:problem:refused")
                .containsEntry("status", 409)
                .containsEntry("detail", "the disk is Outdated")
                .containsEntry("rule", "no-up-to-date-data");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"forc\":true}  | #/forc  | only \"force\" is known",
                "{\"force\":1}    | #/force | must be true or false",
                "{\"force\":null} | #/force | must be true or false",
                "{\"a/b~c\":1}    | #/a~1b~0c | only"
            })
    void aBadFieldIsNamed(String body, String pointer, String detail) throws Exception {
        String answer = post("r0/primary", body);

        assertThat(answer).startsWith("HTTP/1.1 400 Bad Request\r\n").contains(pointer);
        assertThat(String.valueOf(JSON.std.mapFrom(body(answer)).get("detail"))).contains(detail);
        assertThat(opener.volume("r0").calls).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "1", "\"x\"", "nonsense", "{\"force\":true", "\u0000"})
    void aBodyThatIsNoObjectIsRefused(String body) throws Exception {
        assertThat(post("r0/primary", body)).startsWith("HTTP/1.1 400");
        assertThat(opener.volume("r0").calls).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/,404",
        "GET,/v1,404",
        "GET,/v1/resources/r9,404",
        "POST,/v1/resources/r0/nonsense,404",
        "POST,/v1/resources/r0/up/up,404",
        "POST,/v1/status,405",
        "GET,/v1/resources/r0/primary,405",
        "DELETE,/v1/resources/r0,405"
    })
    void otherPathsAndMethodsAreProblems(String method, String path, int status) throws Exception {
        assertThat(ask(method + " " + path + " HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 " + status)
                .contains("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n",
                "GET /v1/status HTTP/9.x\r\n\r\n",
                "GET /v1/status HTTP/1.1\r\nContent-Length: minus one\r\n\r\n"
            })
    void garbageIsAnsweredAndTheConnectionClosed(String request) throws Exception {
        assertThat(ask(request)).startsWith("HTTP/1.1 400");
        assertThat(ask("GET /v1/status HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
    }

    @Test
    void whatIsTooLargeIsRefused() throws Exception {
        assertThat(ask("GET /" + "x".repeat(5000) + " HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(ask("GET / HTTP/1.0\r\nX: " + "x".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(
                        ask(
                                "POST /v1/resources/r0/primary HTTP/1.0\r\n"
                                        + "Content-Length: 1000000\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        CompletableFuture<CommandResult> slow = new CompletableFuture<>();
        opener.volume("r0").answer = slow;
        try (SocketChannel channel = open()) {
            send(
                    channel,
                    "POST /v1/resources/r0/secondary HTTP/1.1\r\nHost: x\r\n"
                            + "Content-Length: 0\r\n\r\n"
                            + "GET /v1/resources/r1 HTTP/1.1\r\nHost: x\r\n"
                            + "Connection: close\r\n\r\n");
            // Another connection is served meanwhile.
            assertThat(ask("GET /v1/status HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
            slow.complete(new CommandResult(true, "demoted", "first answer"));
            String answers = receive(channel);
            assertThat(answers.indexOf("first answer"))
                    .isPositive()
                    .isLessThan(answers.indexOf("its disk is missing"));
        }
    }

    @Test
    void aRequestInPiecesIsOneRequest() throws Exception {
        try (SocketChannel channel = open()) {
            for (char c : "GET /v1/resources/r0 HTTP/1.0\r\n\r\n".toCharArray()) {
                send(channel, String.valueOf(c));
            }
            assertThat(receive(channel)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void thereIsALimitOfConnections() throws Exception {
        List<SocketChannel> held = new ArrayList<>();
        try {
            for (int i = 0; i < 32; i++) {
                SocketChannel channel = open();
                held.add(channel);
                send(channel, "GET /v1/resources/r0 HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(channel.read(ByteBuffer.allocate(1))).isOne();
            }
            try (SocketChannel extra = open()) {
                assertThat(extra.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        } finally {
            for (SocketChannel channel : held) {
                channel.close();
            }
        }
    }

    @Test
    void aFailedCommandIsSaidAsInternal() throws Exception {
        opener.volume("r0").answer = CompletableFuture.failedFuture(new IllegalStateException("x"));

        assertThat(post("r0/secondary", "")).startsWith("HTTP/1.1 500");
        assertThat(ask("GET /v1/status HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200");
    }

    @Test
    void aSecondDaemonIsRefused() {
        assertThatThrownBy(() -> fixture.server(socket, resources))
                .isInstanceOf(IOException.class)
                .hasMessage("a daemon is running already: it answers on " + socket);
        assertThat(socket).exists();
    }

    @Test
    void aStaleSocketIsReplacedAndAFileIsNot(@TempDir Path directory) throws Exception {
        Path stale = directory.resolve("stale.sock");
        ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(stale))
                .close();
        assertThat(stale).exists();
        fixture.server(stale, resources).close();

        Path file = Files.writeString(directory.resolve("file"), "precious");
        assertThatThrownBy(() -> fixture.server(file, resources))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not a socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void curlCanUseIt() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "no curl on this machine");
        Process curl =
                new ProcessBuilder(
                                "/usr/bin/curl",
                                "--silent",
                                "--unix-socket",
                                socket.toString(),
                                "--data",
                                "{\"force\": true}",
                                "http://localhost/v1/resources/r0/primary",
                                "http://localhost/v1/status")
                        .redirectErrorStream(true)
                        .start();
        String output = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(curl.waitFor()).as(output).isZero();
        assertThat(output).contains("\"it is done\"").contains("405");
        assertThat(opener.volume("r0").calls).containsExactly("promote true");
    }

    private String post(String path, String body) throws IOException {
        return ask(
                "POST /v1/resources/"
                        + path
                        + " HTTP/1.0\r\nContent-Length: "
                        + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\n\r\n"
                        + body);
    }

    private String ask(String request) throws IOException {
        try (SocketChannel channel = open()) {
            send(channel, request);
            return receive(channel);
        }
    }

    private SocketChannel open() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String receive(SocketChannel channel) throws IOException {
        InputStream stream = Channels.newInputStream(channel);
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
}
