/**
 * Two real engines under a virtual clock: simulated disks, link, clients and operator, all from one
 * seed, with the promises (INV-...) checked after every event. Same seed, same run.
 */
@org.jspecify.annotations.NullMarked
package dev.rhizome.simulator;
