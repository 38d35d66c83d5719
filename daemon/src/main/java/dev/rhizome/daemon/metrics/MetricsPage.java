package dev.rhizome.daemon.metrics;

import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.Resources;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;

/** The text that Prometheus reads. */
public final class MetricsPage {
    /** The text's media type. */
    public static final String CONTENT_TYPE = Samples.CONTENT_TYPE;

    private final String node;
    private final Resources resources;
    private final Map<String, Path> certificates;
    private final EventCounts events = new EventCounts();

    /**
     * Counts what happens from now on.
     *
     * @param node this node's name
     * @param certificates files with certificates, by what they are called in the metrics
     */
    public MetricsPage(String node, Resources resources, Map<String, Path> certificates) {
        this.node = node;
        this.resources = resources;
        this.certificates = certificates;
        resources.addListener(events);
    }

    /** What is so now. */
    public String text() {
        String version = MetricsPage.class.getPackage().getImplementationVersion();
        Samples samples = new Samples();
        samples.add(Metric.BUILD, 1, version == null ? "unknown" : version, node);
        Collection<ManagedResource> all = resources.all();
        samples.add(Metric.RESOURCES, all.size());
        all.forEach(resource -> ResourceMetrics.add(samples, resource.status()));
        events.add(samples);
        certificates.forEach(
                (name, file) ->
                        samples.add(
                                Metric.CERTIFICATE,
                                Certificates.expiry(file).getEpochSecond(),
                                name));
        ProcessMetrics.add(samples);
        return samples.text();
    }
}
