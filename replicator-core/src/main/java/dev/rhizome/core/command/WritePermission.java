package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.role.DiskState;

/** An operator's word on who may write: suspended I/O, and data that is declared old. */
final class WritePermission {

    private WritePermission() {}

    static Outcome suspend(Node node) {
        node.suspension().suspend();
        return Outcome.done(
                "suspended",
                node.primary()
                        ? "clients wait; 'resume-io' ends that"
                        : "clients will wait once this node is Primary; 'resume-io' ends that");
    }

    static Outcome resume(Node node) {
        boolean frozen = node.fencing().frozen();
        boolean noData = node.suspension().noData();
        node.suspension().resume();
        if (frozen) {
            return Outcome.done(
                    "resumed-unfenced",
                    "clients go on although the peer is not known to be fenced: make sure that it"
                            + " is not promoted");
        }
        return noData
                ? Outcome.done(
                        "resumed-without-data", "requests fail until there is UpToDate data again")
                : Outcome.done("resumed", "clients go on");
    }

    static Outcome outdate(Node node) {
        if (node.primary()) {
            return Outcome.refused(
                    "primary-is-not-outdated",
                    "this node is Primary, and serves this data: demote it first");
        }
        if (!node.state().diskAttached()) {
            return Outcome.refused("no-disk", "this node has no disk attached");
        }
        if (node.connected()) {
            return Outcome.refused(
                    "connected-is-not-outdated",
                    "the peer is connected, and both have the same or are about to: 'disconnect'"
                            + " first");
        }
        if (node.state().disk().code() <= DiskState.OUTDATED.code()) {
            return Outcome.done(
                    "already-outdated", "the data is " + node.state().disk().label() + " already");
        }
        node.metadata().update(Flag.WAS_UP_TO_DATE, false);
        node.state().disk(DiskState.OUTDATED, "outdated", "by command");
        return Outcome.done(
                "outdated", "the data counts as old: this node is not promoted with it");
    }
}
