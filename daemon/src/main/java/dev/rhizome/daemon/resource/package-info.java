/** The resources that this daemon runs. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.resource;
