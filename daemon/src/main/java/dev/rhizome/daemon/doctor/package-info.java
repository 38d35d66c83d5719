/** What would bite at a failover: facts of a node, and rules that find what is wrong with them. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.doctor;
