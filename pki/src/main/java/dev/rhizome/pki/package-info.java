/** The cluster's private certificate authority and its node certificates. */
@org.jspecify.annotations.NullMarked
package dev.rhizome.pki;
