package dev.rhizome.transport.nbd;

/** Who may say what, and whether it is encrypted. */
enum NbdSecurity {
    /** A unix socket: whoever may open it is let in, and TLS is not offered ("NOTLS"). */
    LOCAL,
    /** TCP before TLS: nothing but STARTTLS and ABORT is answered ("FORCEDTLS"). */
    TLS_REQUIRED,
    /** TCP within TLS: the client has shown a certificate of the cluster. */
    TLS
}
