/** The one configuration file: its options, its errors. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.config;
