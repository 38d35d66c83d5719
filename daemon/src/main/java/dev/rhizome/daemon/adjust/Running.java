package dev.rhizome.daemon.adjust;

import dev.rhizome.daemon.config.ChangeRule;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.Setting;
import java.util.LinkedHashMap;
import java.util.Map;

/** The settings that matter to one resource of a node, or to the daemon itself. */
final class Running {
    private static final String WITNESS = "witness.";

    private Running() {}

    /** A resource's own settings, and those of the node that its volume is opened with. */
    static Map<String, Setting> ofResource(
            ClusterConfiguration configuration, String node, String resource) {
        Setting fencing = configuration.settings().get("resources." + resource + ".net.fencing");
        boolean witness = fencing != null && fencing.text().equals("witness");
        Map<String, Setting> settings = new LinkedHashMap<>();
        configuration
                .settings()
                .forEach(
                        (path, setting) -> {
                            boolean own = resource.equals(setting.resource());
                            boolean shared =
                                    setting.resource() == null
                                            && (witness || !path.startsWith(WITNESS));
                            if ((own && setting.rule(node) != ChangeRule.ELSEWHERE)
                                    || (shared && setting.rule(node) == ChangeRule.DOWN_UP)) {
                                settings.put(path, setting);
                            }
                        });
        return settings;
    }

    /** What is the daemon's alone. */
    static Map<String, Setting> ofDaemon(ClusterConfiguration configuration, String node) {
        Map<String, Setting> settings = new LinkedHashMap<>();
        configuration
                .settings()
                .forEach(
                        (path, setting) -> {
                            if (setting.resource() == null
                                    && setting.rule(node) == ChangeRule.RESTART) {
                                settings.put(path, setting);
                            }
                        });
        return settings;
    }
}
