/** A volume becomes larger while it is used: on both nodes, or as far as both can say later. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.core.resize;
