/**
 * Rhizome as its users meet it: two daemons as real processes on file-backed disks, clients and
 * tools that we did not write, signals, and a comparison of both disks in the end.
 */
@org.jspecify.annotations.NullMarked
package dev.rhizome.endtoend;
