package dev.rhizome.simulator;

import dev.rhizome.simulator.Coverage.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * From which state to which a node may go, machine by machine: the table that docs/architecture.md
 * describes. What is not in it is a bug; what is in it must be reached, but for a few that take
 * more seeds than a test has.
 */
final class LegalTransitions {
    private static final Map<Machine, String> LEGAL =
            Map.of(
                    Machine.ROLE,
                    "secondary>primary primary>secondary",
                    Machine.PEER_ROLE,
                    "unknown>primary unknown>secondary primary>secondary secondary>primary"
                            + " primary>unknown secondary>unknown",
                    Machine.DISK,
                    "attaching>inconsistent attaching>outdated attaching>consistent"
                            + " attaching>up-to-date outdated>inconsistent consistent>outdated"
                            + " consistent>inconsistent up-to-date>inconsistent"
                            + " up-to-date>outdated inconsistent>up-to-date outdated>up-to-date"
                            + " consistent>up-to-date inconsistent>failed outdated>failed"
                            + " consistent>failed up-to-date>failed failed>diskless"
                            + " diskless>attaching",
                    Machine.PEER_DISK,
                    "unknown>diskless unknown>inconsistent unknown>outdated unknown>consistent"
                            + " unknown>up-to-date outdated>inconsistent consistent>inconsistent"
                            + " up-to-date>inconsistent inconsistent>consistent"
                            + " inconsistent>outdated outdated>consistent"
                            + " inconsistent>up-to-date outdated>up-to-date"
                            + " consistent>up-to-date diskless>failed inconsistent>failed"
                            + " up-to-date>failed failed>diskless inconsistent>diskless"
                            + " outdated>diskless consistent>diskless up-to-date>diskless"
                            + " diskless>up-to-date"
                            + " diskless>unknown failed>unknown consistent>unknown"
                            + " up-to-date>unknown inconsistent>unknown outdated>unknown",
                    Machine.CONNECTION,
                    "stand-alone>connecting connecting>stand-alone connecting>negotiating"
                            + " negotiating>stand-alone negotiating>connecting"
                            + " negotiating>connected connected>stand-alone connected>connecting",
                    Machine.REPLICATION,
                    "off>established off>starting-sync-source off>starting-sync-target"
                            + " established>starting-sync-source established>starting-sync-target"
                            + " starting-sync-source>sync-source"
                            + " starting-sync-target>sync-target sync-source>established"
                            + " sync-target>established established>off starting-sync-source>off"
                            + " starting-sync-target>off sync-source>off sync-target>off"
                            + " starting-sync-source>starting-sync-target"
                            + " sync-source>paused-sync-source sync-target>paused-sync-target"
                            + " paused-sync-source>sync-source paused-sync-target>sync-target"
                            + " paused-sync-source>established paused-sync-target>established"
                            + " paused-sync-source>off paused-sync-target>off");

    /** Reached by scenarios, or by some seed in tens of thousands. */
    private static final Set<String> RARE =
            Set.of(
                    "replication starting-sync-source>starting-sync-target",
                    "disk outdated>failed",
                    "disk consistent>failed",
                    "disk outdated>up-to-date",
                    "peer-disk outdated>diskless",
                    "peer-disk consistent>diskless",
                    "peer-disk diskless>up-to-date",
                    "peer-disk diskless>failed",
                    "peer-disk inconsistent>failed",
                    "peer-disk inconsistent>consistent",
                    "peer-disk inconsistent>outdated",
                    "peer-disk inconsistent>unknown",
                    "peer-disk outdated>unknown",
                    "peer-disk outdated>consistent",
                    "peer-disk outdated>up-to-date");

    private LegalTransitions() {}

    /** What happened and should not, and what should and did not. */
    static List<String> problems(Coverage coverage) {
        List<String> problems = new ArrayList<>();
        for (Machine machine : Machine.values()) {
            Set<String> legal = Set.of(LEGAL.getOrDefault(machine, "").split(" ", -1));
            Enum<?>[] states = machine.states();
            for (Enum<?> from : states) {
                for (Enum<?> to : states) {
                    String change = name(from) + ">" + name(to);
                    String full = name(machine) + " " + change;
                    boolean reached = coverage.count(machine, from.ordinal(), to.ordinal()) > 0;
                    if (reached && !legal.contains(change)) {
                        problems.add(full + " happened and is not legal");
                    } else if (!reached && legal.contains(change) && !RARE.contains(full)) {
                        problems.add(full + " was not reached");
                    }
                }
            }
        }
        return problems;
    }

    private static String name(Enum<?> state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
