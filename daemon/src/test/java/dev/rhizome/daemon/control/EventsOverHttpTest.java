package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.resource.Resources;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The event stream and the waits as a client of the socket sees them. */
@Timeout(60)
class EventsOverHttpTest {
    private final FakeOpener opener = new FakeOpener();
    private final Fixture fixture;
    private final Path socket;
    private final Resources resources;
    private final ControlServer server;
    private final FakeVolume volume;

    EventsOverHttpTest(@TempDir Path directory) throws Exception {
        fixture = new Fixture(directory);
        socket = fixture.socket;
        resources = new Resources(fixture.configuration(), "alpha", opener);
        resources.upAll(Duration.ofSeconds(30));
        volume = opener.volume("r0");
        server = fixture.server(socket, resources);
    }

    @AfterEach
    void stop() {
        server.close();
        resources.close(Duration.ofSeconds(30));
    }

    @Test
    void aStreamIsServerSentEvents() throws Exception {
        try (Client client = new Client("GET /v1/events?resource=r0 HTTP/1.1\r\n\r\n")) {
            assertThat(client.head())
                    .startsWith("HTTP/1.1 200 OK")
                    .contains("content-type: text/event-stream", "connection: close");
            assertThat(client.lines.readLine()).isEqualTo("event: snapshot");
            String data = client.lines.readLine();
            assertThat(data).startsWith("data: {\"type\":\"snapshot\"");
            assertThat(JSON.std.mapFrom(data.substring("data: ".length())).get("resources"))
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                    .hasSize(1);
            assertThat(client.lines.readLine()).isEmpty();

            volume.happens("link-lost", FakeVolume.alone("r0", "alpha", "beta"));

            assertThat(client.lines.readLine()).isEqualTo("event: event");
            assertThat(client.lines.readLine())
                    .contains("\"rule\":\"link-lost\"", "\"name\":\"r0\"", "\"time\":\"2");
            assertThat(client.lines.readLine()).isEmpty();
            assertThat(client.lines.readLine()).isEqualTo("event: destroy");
        }
    }

    @Test
    void aClientThatReadsNothingCostsNoMoreThanItsQueue() throws Exception {
        String reason = "x".repeat(10_000);
        try (Client client = new Client("GET /v1/events HTTP/1.0\r\nAccept: text/plain\r\n\r\n")) {
            client.head();
            while (!client.lines.readLine().equals("exists -")) {
                // What is so at first.
            }
            for (int count = 0; count < 2000; count++) {
                volume.happens(reason + count, volume.status);
            }
            List<String> verbs = new ArrayList<>();
            while (!verbs.contains("lost")) {
                verbs.add(client.lines.readLine().split(" ", 2)[0]);
            }
            assertThat(verbs).hasSizeLessThan(2000).contains("event");
            assertThat(client.lines.readLine()).startsWith("exists resource name:r0");
        }
    }

    @Test
    void whoGoesAwayNoLongerWaits() throws Exception {
        volume.status = FakeVolume.alone("r0", "alpha", "beta");
        String wait =
                "POST /v1/resources/r0/wait-connect HTTP/1.1\r\nContent-Length: 24\r\n\r\n"
                        + "{\"timeout-seconds\": 600}\n";
        for (int count = 0; count < EventHub.MAX_WAITING * 3; count++) {
            try (Client client = new Client(wait)) {
                client.channel.shutdownOutput();
                assertThat(client.lines.readLine()).isNull();
            }
        }
        volume.happens("agreed", FakeVolume.connected("r0", "alpha", "beta", null));
        try (Client client = new Client(wait)) {
            assertThat(client.head()).startsWith("HTTP/1.1 200 OK");
        }
    }

    @Test
    void whatIsWrongIsAProblem() throws Exception {
        assertThat(ask("GET /v1/events?only=r0 HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("field \\\"only\\\"");
        assertThat(ask("GET /v1/events?resource=r9 HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 404");
        assertThat(ask("POST /v1/events HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 405");
        assertThat(ask(post("r0/wait-sync", "{\"timeout-seconds\": \"1s\"}")))
                .startsWith("HTTP/1.1 400")
                .contains("#/timeout-seconds", "0 to 600");
        assertThat(ask(post("r0/wait-sync", "{\"time\": 1}"))).startsWith("HTTP/1.1 400");
        volume.status = FakeVolume.alone("r0", "alpha", "beta");
        assertThat(ask(post("r0/wait-sync", "{\"timeout-seconds\": 0}")))
                .startsWith("HTTP/1.1 504")
                .contains("urn:rhizome:problem:not-yet", "not-connected");
    }

    private static String post(String path, String body) {
        return "POST /v1/resources/"
                + path
                + " HTTP/1.0\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body;
    }

    private String ask(String request) throws IOException {
        try (Client client = new Client(request)) {
            StringBuilder answer = new StringBuilder();
            client.lines.lines().forEach(line -> answer.append(line).append('\n'));
            return answer.toString();
        }
    }

    private final class Client implements AutoCloseable {
        private final SocketChannel channel;
        private final BufferedReader lines;

        Client(String request) throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        }

        String head() throws IOException {
            StringBuilder head = new StringBuilder();
            for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
                head.append(line).append('\n');
            }
            return head.toString();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
