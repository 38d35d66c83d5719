package dev.rhizome.simulator;

/**
 * One fault that the swarm has drawn for the machines, the link, or the operators.
 *
 * @param cause its kind
 * @param number its number among all of them
 * @param side the node that it strikes, where it strikes one
 * @param amount how long, or after how many effects
 * @param powerLoss whether a node that dies loses its power too
 * @param own the draws for its details
 * @param pauseNs when the next one comes
 */
record Trouble(
        Cause cause,
        long number,
        int side,
        long amount,
        boolean powerLoss,
        Choices own,
        long pauseNs) {}
