package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.endtoend.ControlSocket.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One node: its daemon, which comes and goes, and what belongs to it on this machine. */
final class NodeProcess implements AutoCloseable {
    /** A state may change without a line in the log; then it is looked at again after this. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final String name;
    private final Path folder;
    private final Path configuration;
    private final int nbdPort = Ports.free();
    private final List<Child> daemons = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private List<String> wrapper = List.of();
    private String javaOptions = "";
    private @Nullable Child running;

    NodeProcess(String name, Path folder, Path configuration) {
        this.name = name;
        this.folder = folder;
        this.configuration = configuration;
    }

    String name() {
        return name;
    }

    Path disk() {
        return folder.resolve(name + ".disk");
    }

    Path nbdSocket() {
        return folder.resolve(name + ".nbd");
    }

    /** Where it serves remote clients. */
    int nbdPort() {
        return nbdPort;
    }

    Path controlSocket() {
        return folder.resolve(name + ".control");
    }

    Path deviceDirectory() {
        return folder.resolve(name + ".dev");
    }

    /** The stable name of its device. */
    Path device() {
        return deviceDirectory().resolve(Cluster.RESOURCE);
    }

    /** Its certificates, as on a machine of its own: ca.crt, NAME.crt, NAME.key. */
    Path certificates() {
        return folder.resolve(name + ".pki");
    }

    String nbdUri() {
        return "nbd+unix:///?socket=" + nbdSocket();
    }

    // ---- the daemon's life

    /** Further options for the JVM of its daemons. */
    NodeProcess javaOptions(String options) {
        javaOptions = options;
        return this;
    }

    /** Sets a variable for its daemons. */
    NodeProcess variable(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Starts its daemons by this program, which is told theirs. */
    NodeProcess within(List<String> program) {
        wrapper = List.copyOf(program);
        return this;
    }

    /** Starts the daemon, without waiting for it. */
    NodeProcess launch() {
        if (running != null && running.isAlive()) {
            throw new IllegalStateException(name + " runs already");
        }
        Map<String, String> variables = new HashMap<>(Rhizome.environment());
        variables.put("RHIZOME_JAVA_OPTIONS", javaOptions);
        variables.putAll(environment);
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(Rhizome.command(daemonCommand()));
        Child daemon = Child.start(folder, variables, command);
        daemons.add(daemon);
        running = daemon;
        return this;
    }

    private String[] daemonCommand() {
        return new String[] {
            "daemon", "--config", configuration.toString(), "--node", name,
        };
    }

    /** Waits until the daemon answers. */
    NodeProcess awaitReady() {
        process().awaitLine("ready: node " + name);
        return this;
    }

    NodeProcess start() {
        return launch().awaitReady();
    }

    Child process() {
        if (running == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return running;
    }

    /** kill -9: what a power cut is to a process. */
    void kill() {
        process().kill();
    }

    /** SIGTERM; answers with the exit code. */
    int stop() {
        return process().terminate();
    }

    /** Sends a signal to the JVM, also where another program has started it. */
    void signalDaemon(String signal) {
        long started = process().pid();
        long jvm =
                ProcessHandle.of(started).stream()
                        .flatMap(ProcessHandle::descendants)
                        .filter(each -> each.info().command().orElse("").endsWith("/java"))
                        .map(ProcessHandle::pid)
                        .findFirst()
                        .orElse(started);
        Tool.run("kill", "-" + signal, Long.toString(jvm)).orFail();
    }

    /** SIGSTOP: the process says nothing more, but its connections stay. */
    void freeze() {
        process().signal("STOP");
    }

    /** SIGCONT. */
    void thaw() {
        process().signal("CONT");
    }

    // ---- talking to it

    ControlSocket control() {
        return new ControlSocket(controlSocket());
    }

    Status status() {
        try {
            return control().status();
        } catch (IOException e) {
            throw new UncheckedIOException("status of " + name, e);
        }
    }

    /** Waits until the status is as wanted; it is looked at whenever the daemon logs something. */
    Status await(String what, Predicate<Status> wanted) {
        long endNs = System.nanoTime() + Waiting.LIMIT.toNanos();
        while (true) {
            int lines = process().lines().size();
            Status status = status();
            if (wanted.test(status)) {
                return status;
            }
            if (System.nanoTime() > endNs) {
                throw new AssertionError(name + " never came to: " + what + ", but " + status);
            }
            process().awaitMoreThan(lines, LOOK_AGAIN);
        }
    }

    Answer post(String verb) {
        return post(verb, "");
    }

    private Answer post(String verb, String body) {
        try {
            return control().command(verb, body);
        } catch (IOException e) {
            throw new UncheckedIOException(verb + " on " + name, e);
        }
    }

    private void postOrFail(String verb, String body) {
        Answer answer = post(verb, body);
        if (!answer.accepted()) {
            throw new AssertionError(verb + " on " + name + ": " + answer);
        }
    }

    /** Compares the volume with the peer's, and waits for the end. */
    Status verify(String body) {
        postOrFail("verify", body);
        return await("the end of a verify", Status::verified);
    }

    void promote() {
        postOrFail("primary", "");
    }

    void promoteByForce() {
        postOrFail("primary", "{\"force\": true}");
    }

    void demote() {
        postOrFail("secondary", "");
    }

    void disconnect() {
        postOrFail("disconnect", "");
    }

    void connect() {
        postOrFail("connect", "");
    }

    /** Promotes as soon as it is allowed: right after a crash the peer may still count as there. */
    void promoteWhenAllowed() {
        long endNs = System.nanoTime() + Waiting.LIMIT.toNanos();
        while (true) {
            int lines = process().lines().size();
            Answer answer = post("primary");
            if (answer.accepted()) {
                return;
            }
            if (System.nanoTime() > endNs) {
                throw new AssertionError(name + " may not become Primary: " + answer);
            }
            process().awaitMoreThan(lines, LOOK_AGAIN);
        }
    }

    /** The rhizome command on this node. */
    Tool.Result rhizome(String verb, String... more) {
        return rhizome(List.of(verb), more);
    }

    /** Runs one that has two words, such as discarded list. */
    Tool.Result rhizome(List<String> verb, String... more) {
        List<String> words = new ArrayList<>(verb);
        Collections.addAll(words, "--config", configuration.toString(), "--node", name);
        Collections.addAll(words, more);
        return Rhizome.run(words.toArray(String[]::new));
    }

    /** Everything that its daemons have said. */
    String log() {
        StringBuilder log = new StringBuilder();
        for (Child daemon : daemons) {
            log.append("---- ").append(name).append(", process ").append(daemon.pid());
            log.append('\n').append(daemon.output()).append('\n');
        }
        return log.toString();
    }

    /** Fails if one of its daemons has found a bug in itself. */
    void requireNoBug() {
        assertThat(log()).doesNotContain("a bug on thread", "a broken invariant");
    }

    /** How often its daemons have said a line with this part. */
    long logged(String part) {
        return daemons.stream()
                .flatMap(daemon -> daemon.lines().stream())
                .filter(line -> line.contains(part))
                .count();
    }

    @Override
    public void close() {
        daemons.forEach(Child::close);
    }
}
