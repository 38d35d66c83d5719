package dev.rhizome.daemon.doctor;

import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.NodeSettings;
import dev.rhizome.daemon.config.ClusterConfiguration.ResourceSettings;
import dev.rhizome.daemon.config.Setting;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Gathers a node's facts, and applies the rules to them. */
public final class Examination {
    private final Machine machine;
    private final Facts facts = new Facts();

    /** Of the machine alone, so far. */
    public Examination(Machine machine, Instant now) {
        this.machine = machine;
        HostFacts.gather(machine, facts, now);
        GreengrassFacts.gather(machine, facts);
    }

    /** What was found so far. */
    public Facts facts() {
        return facts;
    }

    /** The configuration, as it is on this node. */
    public void configuration(ClusterConfiguration configuration) {
        for (Setting setting : configuration.settings().values()) {
            facts.put("option." + setting.path(), setting.text());
        }
    }

    /** There is none, or it is wrong. */
    public void noConfiguration(String why) {
        facts.put("configuration.problem", why);
    }

    /** Which of the configuration's nodes this is, with its certificates and disks. */
    public void node(ClusterConfiguration configuration, NodeSettings node) {
        facts.put("node", node.name());
        facts.put("lock-memory", node.lockMemory());
        CertificateFacts.gather(node.certificates(), facts);
        for (ResourceSettings resource : configuration.resourcesOn(node.name())) {
            var side = resource.replicas().get(node.name());
            if (side != null) {
                DiskFacts.gather(machine, resource.name(), side, facts);
            }
        }
    }

    /** What the daemon has answered to GET /v1/watch and /v1/status. */
    public void daemon(Map<?, ?> watch, List<?> status) {
        DaemonFacts.gather(watch, status, facts);
    }

    /** It does not answer. */
    public void noDaemon(String why) {
        facts.put("daemon", why);
    }

    /** All that is wrong with one node. */
    public static List<Diagnosis> diagnose(Facts facts) {
        List<Diagnosis> found = new ArrayList<>();
        NodeRules.ALL.forEach(rule -> rule.apply(facts, found));
        return found;
    }

    /**
     * All that is wrong with two nodes, and between them.
     *
     * @param apartMs how far apart their clocks are, in milliseconds
     */
    public static List<Diagnosis> diagnose(Facts here, Facts there, long apartMs) {
        List<Diagnosis> found = new ArrayList<>(diagnose(here));
        found.addAll(diagnose(there));
        found.addAll(new PairRules(here, there).found(apartMs));
        return found;
    }
}
