package dev.rhizome.simulator;

import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.role.PromotionRule;
import dev.rhizome.simulator.Coverage.Effect;
import dev.rhizome.simulator.Coverage.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** What was reached, how often, and what never, as text. */
final class CoverageReport {
    private static final int WIDTH = 110;
    private static final String INDENT = "    ";

    private final Coverage coverage;
    private final List<String> lines = new ArrayList<>();

    private CoverageReport(Coverage coverage) {
        this.coverage = coverage;
    }

    static List<String> lines(Coverage coverage) {
        CoverageReport report = new CoverageReport(coverage);
        report.all(
                "handshake rules", HandshakeRule.values(), coverage::count, rule -> rule.label());
        report.all(
                "promotion rules", PromotionRule.values(), coverage::count, rule -> rule.label());
        report.all("effects", Effect.values(), coverage::count, CoverageReport::name);
        for (Machine machine : Machine.values()) {
            report.machine(machine);
        }
        report.counts("answers to commands", coverage.answers());
        report.counts("events", coverage.events());
        return report.lines;
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private <T> void all(
            String title, T[] values, ToLongFunction<T> count, Function<T, String> name) {
        List<String> reached = new ArrayList<>();
        List<String> never = new ArrayList<>();
        for (T value : values) {
            long times = count.applyAsLong(value);
            if (times == 0) {
                never.add(name.apply(value));
            } else {
                reached.add(name.apply(value) + " " + number(times));
            }
        }
        add(title + " reached", reached);
        add(title + " never reached", never);
    }

    private void machine(Machine machine) {
        Enum<?>[] states = machine.states();
        List<String> transitions = new ArrayList<>();
        List<String> never = new ArrayList<>();
        for (int to = 0; to < states.length; to++) {
            long entered = 0;
            for (int from = 0; from < states.length; from++) {
                long times = coverage.count(machine, from, to);
                entered += times;
                if (times > 0) {
                    String arrow = name(states[from]) + ">" + name(states[to]);
                    transitions.add(arrow + " " + number(times));
                }
            }
            if (entered == 0 && to != machine.initial()) {
                never.add(name(states[to]));
            }
        }
        add(name(machine) + " transitions", transitions);
        add(name(machine) + " states never reached", never);
    }

    private void counts(String title, Map<String, long[]> counts) {
        List<String> words = new ArrayList<>();
        counts.forEach((name, count) -> words.add(name + " " + number(count[0])));
        add(title, words);
    }

    private static String number(long value) {
        return String.format("%,d", value);
    }

    private void add(String title, List<String> words) {
        if (words.isEmpty()) {
            return;
        }
        StringBuilder line = new StringBuilder(title).append(':');
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i) + (i + 1 < words.size() ? "," : "");
            if (line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line.setLength(0);
                line.append(INDENT).append(word);
            } else {
                line.append(' ').append(word);
            }
        }
        lines.add(line.toString());
    }
}
