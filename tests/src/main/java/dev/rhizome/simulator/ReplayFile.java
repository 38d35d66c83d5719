package dev.rhizome.simulator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * A run as a text file, which a person may edit:
 *
 * <pre>
 *   rhizome-replay 1
 *   seed 4711
 *   sabotage NO_DRAIN
 *   rule INV-13            what it breaks; for a person, and for shrinking
 *   steps 100              the trouble ends after so many answers; or "of-the-seed", or "unlimited"
 *   until-ns 60000000000   ... or at this time
 *   only kill              of this kind nothing takes place but what is kept
 *   keep kill 17           one incident
 *   draws                  from here on: what is drawn instead of what the seed says
 *   stream root/link
 *   100 17                 from 0 to 99: 17
 * </pre>
 *
 * <p>What follows a '#' is a remark. Lines may come in any order, but "draws" is the last part.
 *
 * @param plan the run
 * @param rule what it breaks; empty if that is not known
 */
record ReplayFile(RunPlan plan, String rule) {
    private static final String MAGIC = "rhizome-replay 1";

    /** What is wrong with a file, in one line. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    /** Writes the run; what is known of when the incidents took place becomes remarks. */
    void write(Path file, List<Fates.Log> log) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.write(file, lines(log));
    }

    private List<String> lines(List<Fates.Log> log) {
        List<String> lines = new ArrayList<>();
        lines.add("# A run of the simulator; scripts/simulate --replay THIS-FILE runs it again.");
        lines.add(MAGIC);
        lines.add("seed " + plan.seed());
        lines.add("sabotage " + plan.sabotage());
        if (!rule.isEmpty()) {
            lines.add("rule " + rule);
        }
        lines.add("steps " + stepsText(plan.steps()));
        lines.add("until-ns " + plan.untilNs());
        addSelection(log, lines);
        Draws draws = plan.draws();
        if (draws != null) {
            lines.add("draws");
            lines.addAll(draws.lines());
        }
        return lines;
    }

    private static String stepsText(long steps) {
        if (steps == 0) {
            return "of-the-seed";
        }
        return steps == Long.MAX_VALUE ? "unlimited" : Long.toString(steps);
    }

    private void addSelection(List<Fates.Log> log, List<String> lines) {
        Map<Incident, Long> times = new HashMap<>();
        log.forEach(entry -> times.put(entry.incident(), entry.atNs()));
        for (Cause cause : Cause.values()) {
            NavigableSet<Long> listed = plan.selection().listed(cause);
            if (listed == null) {
                continue;
            }
            lines.add("only " + cause.label());
            for (long number : listed) {
                Incident incident = new Incident(cause, number);
                Long atNs = times.get(incident);
                String remark = atNs == null ? "" : String.format("  # at %.6f s", atNs / 1e9);
                lines.add("keep " + incident.text() + remark);
            }
        }
    }

    /**
     * Reads a run.
     *
     * @throws Malformed if the file cannot be understood
     */
    static ReplayFile read(Path file) throws IOException, Malformed {
        List<String> lines = Files.readAllLines(file);
        Parser parser = new Parser();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replaceFirst("#.*", "").strip();
            try {
                if (!line.isEmpty()) {
                    parser.line(line.split("\\s+"));
                }
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw new Malformed(
                        file + ", line " + (i + 1) + ": cannot be understood: '" + line + "'");
            }
        }
        if (!parser.recognised) {
            throw new Malformed(file + " is no replay file: it lacks the line '" + MAGIC + "'");
        }
        return parser.result();
    }

    private static final class Parser {
        private final Map<Cause, NavigableSet<Long>> only = new EnumMap<>(Cause.class);
        private final Draws draws = new Draws();
        private RunPlan plan = RunPlan.of(0, Sabotage.NONE);
        private String rule = "";
        private String stream = "";
        private boolean recognised;
        private boolean drawn;

        void line(String[] words) {
            switch (words[0]) {
                case "rhizome-replay" -> recognised = words[1].equals("1");
                case "seed" -> plan = plan.withSeed(Long.parseLong(words[1]));
                case "sabotage" -> plan = plan.withSabotage(Sabotage.valueOf(words[1]));
                case "rule" -> rule = words[1];
                case "steps" -> plan = plan.withSteps(steps(words[1]));
                case "until-ns" -> plan = plan.withUntilNs(Long.parseLong(words[1]));
                case "only" -> listed(words[1]);
                case "keep" -> {
                    Cause cause = cause(words[1]);
                    listed(words[1]).add(Incident.parseNumber(cause, words[2]));
                }
                case "draws" -> drawn = true;
                case "stream" -> stream = words[1];
                default -> draw(words);
            }
        }

        private void draw(String[] words) {
            if (stream.isEmpty()) {
                throw new IllegalArgumentException(words[0]);
            }
            draws.add(stream, Long.parseLong(words[0]), Long.parseLong(words[1]));
        }

        private NavigableSet<Long> listed(String label) {
            return only.computeIfAbsent(cause(label), absent -> new TreeSet<>());
        }

        private static Cause cause(String label) {
            Cause cause = Cause.labelled(label);
            if (cause == null) {
                throw new IllegalArgumentException(label);
            }
            return cause;
        }

        private static long steps(String text) {
            return switch (text) {
                case "of-the-seed" -> 0;
                case "unlimited" -> Long.MAX_VALUE;
                default -> Long.parseLong(text);
            };
        }

        ReplayFile result() {
            RunPlan whole = plan.with(Selection.restricted(only));
            return new ReplayFile(drawn ? whole.withDraws(draws) : whole, rule);
        }
    }
}
