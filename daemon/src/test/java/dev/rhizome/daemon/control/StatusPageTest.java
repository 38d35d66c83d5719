package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.daemon.watch.Watch;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StatusPageTest {
    private final Fixture fixture;
    private final Resources resources;
    private final StatusPage page;

    StatusPageTest(@TempDir Path directory) throws Exception {
        fixture = new Fixture(directory);
        resources = new Resources(fixture.configuration(), "alpha", new FakeOpener());
        resources.upAll(Duration.ofSeconds(30));
        page = new StatusPage(new Watch(resources, Runnable::run));
    }

    @AfterEach
    void stop() {
        resources.close(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, text/html, 200",
        "GET, /page.css, text/css, 200",
        "GET, /page.js, text/javascript, 200",
        "GET, /icon.svg, image/svg+xml, 200",
        "GET, /v1/watch, application/json, 200",
        "POST, /v1/watch, application/problem+json, 405",
        "DELETE, /, application/problem+json, 405",
        "GET, /v1/status, application/problem+json, 404",
        "GET, /metrics, application/problem+json, 404",
        "POST, /v1/resources/r0/primary, application/problem+json, 404",
        "GET, /../page.css, application/problem+json, 404"
    })
    void onlyThePageIsThere(String method, String path, String type, int status) {
        Answer answer = ask(method, path, "127.0.0.1:8080");

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.contentType()).startsWith(type);
        assertThat(answer.headers())
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("cross-origin-resource-policy", "same-origin")
                .doesNotContainKey("access-control-allow-origin");
        assertThat(answer.headers().get("content-security-policy"))
                .startsWith("default-src 'none'")
                .doesNotContain("unsafe", "http", "*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1", "127.0.0.1:8080", "localhost:1", "[::1]:80", "192.168.7.1:80"})
    void itIsAskedByAddress(String host) {
        assertThat(ask("GET", "/v1/watch", host).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "attacker.example",
                "attacker.example:8080",
                "127.0.0.1.attacker.example",
                "localhost.attacker.example",
                "127.0.0.1@attacker.example",
                "[::1].attacker.example"
            })
    void anotherSitesNameForItIsRefused(String host) {
        assertThat(ask("GET", "/v1/watch", host).status()).isEqualTo(421);
        assertThat(ask("GET", "/", host).status()).isEqualTo(421);
    }

    @Test
    void nothingInItComesFromElsewhere() {
        for (String path : new String[] {"/", "/page.css", "/page.js"}) {
            String text = ask("GET", path, "localhost").body();
            assertThat(text.replace("http://www.w3.org/2000/svg", ""))
                    .doesNotContain("http:", "https:", "//cdn", "innerHTML", "style=", "onclick");
        }
    }

    @Test
    void theServerServesItOverTcp() throws Exception {
        int port;
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = probe.getLocalPort();
        }
        try (ControlServer server = fixture.server(fixture.socket, resources)) {
            server.servePage(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
                    InputStream in = client.getInputStream()) {
                String request = "GET /v1/watch HTTP/1.0\r\nHost: localhost\r\n\r\n";
                client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 200 OK")
                        .contains("content-security-policy: default-src 'none'")
                        .contains("Both nodes have all data");
            }
        }
    }

    private Answer ask(String method, String path, String host) {
        return page.handle(Request.of(method, path, "", "", "").to(host)).join();
    }
}
