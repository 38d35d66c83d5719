package dev.rhizome.daemon.metrics;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon's own process and its JVM. */
final class ProcessMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessMetrics.class);
    private static final double SECOND_NS = 1e9;
    private static final double SECOND_MS = 1e3;

    private ProcessMetrics() {}

    static void add(Samples to) {
        memory(to, "heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage());
        memory(to, "nonheap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            to.add(Metric.JVM_BUFFERS, pool.getMemoryUsed(), pool.getName());
        }
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            to.add(Metric.JVM_GC, collector.getCollectionTime() / SECOND_MS, collector.getName());
            to.add(Metric.JVM_GC_COUNT, collector.getCollectionCount(), collector.getName());
        }
        to.add(Metric.JVM_THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
        if (ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system) {
            to.add(Metric.PROCESS_CPU, system.getProcessCpuTime() / SECOND_NS);
        }
        to.add(
                Metric.PROCESS_START,
                ManagementFactory.getRuntimeMXBean().getStartTime() / SECOND_MS);
        kernel(to);
    }

    private static void memory(Samples to, String area, MemoryUsage usage) {
        to.add(Metric.JVM_MEMORY, usage.getUsed(), area);
        to.add(Metric.JVM_MEMORY_MAX, usage.getMax(), area);
    }

    private static void kernel(Samples to) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    double kib = Double.parseDouble(line.replaceAll("\\D", ""));
                    to.add(Metric.PROCESS_MEMORY, kib * 1024);
                }
            }
            int files = 0;
            try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
                for (Path each : open) {
                    files += each.getNameCount() > 0 ? 1 : 0;
                }
            }
            to.add(Metric.PROCESS_FILES, files);
        } catch (IOException e) {
            LOG.debug("no figures of the process: {}", e.getMessage());
        }
    }
}
