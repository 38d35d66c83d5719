/**
 * What the service manager, systemd, is told: that the daemon is ready, how it is, that it lives.
 */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.service;
