/** The C library's and the kernel's calls, through jnr-ffi and jffi. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.linux;
