/** The control API: HTTP/1.1 and JSON on a unix socket. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.daemon.control;
