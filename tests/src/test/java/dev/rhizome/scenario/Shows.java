package dev.rhizome.scenario;

import dev.rhizome.core.handshake.HandshakeRule;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Which rules of the handshake a scenario has asserted on both nodes by its end. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Shows {
    /** The rules; each stands for its mirror, too. */
    HandshakeRule[] value();
}
