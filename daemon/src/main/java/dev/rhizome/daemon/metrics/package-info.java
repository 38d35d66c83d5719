/** Metrics for Prometheus. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.metrics;
