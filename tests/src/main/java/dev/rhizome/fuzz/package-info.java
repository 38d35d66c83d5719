/**
 * Mutated bytes for every decoder: whatever comes from a disk, a link or a file is taken or
 * refused, but breaks nothing (INV-16).
 */
@org.jspecify.annotations.NullMarked
package dev.rhizome.fuzz;
