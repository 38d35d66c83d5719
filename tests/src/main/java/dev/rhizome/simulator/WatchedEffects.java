package dev.rhizome.simulator;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Replica;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.simulator.Coverage.Effect;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts what one life of an engine does, on the way to its shell. */
final class WatchedEffects implements Effects {
    private final Effects shell;
    private final Coverage coverage;
    private final Supplier<@Nullable Replica> replica;
    private final int[] states = Coverage.initialStates();

    WatchedEffects(Effects shell, Coverage coverage, Supplier<@Nullable Replica> replica) {
        this.shell = shell;
        this.coverage = coverage;
        this.replica = replica;
    }

    @Override
    public void diskRead(long token, long offsetBytes, int lengthBytes, Payload into) {
        coverage.effect(Effect.DISK_READ);
        shell.diskRead(token, offsetBytes, lengthBytes, into);
    }

    @Override
    public void diskWrite(
            long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        coverage.effect(durable ? Effect.DISK_WRITE_DURABLE : Effect.DISK_WRITE);
        shell.diskWrite(token, offsetBytes, lengthBytes, from, durable);
    }

    @Override
    public void diskFlush(long token) {
        coverage.effect(Effect.DISK_FLUSH);
        shell.diskFlush(token);
    }

    @Override
    public void diskTrim(long token, long offsetBytes, long lengthBytes) {
        coverage.effect(Effect.DISK_TRIM);
        shell.diskTrim(token, offsetBytes, lengthBytes);
    }

    @Override
    public void diskZero(long token, long offsetBytes, long lengthBytes) {
        coverage.effect(Effect.DISK_ZERO);
        shell.diskZero(token, offsetBytes, lengthBytes);
    }

    @Override
    public void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
        coverage.effect(Effect.WRITE_METADATA);
        shell.writeMetadata(token, offsetBytes, image);
    }

    @Override
    public void send(FrameHeader header, @Nullable Payload payload) {
        coverage.effect(Effect.SEND);
        shell.send(header, payload);
    }

    @Override
    public void sendControl(FrameHeader header, ByteBuffer body) {
        coverage.effect(Effect.SEND_CONTROL);
        shell.sendControl(header, body);
    }

    @Override
    public void closeLink(String reason) {
        coverage.effect(Effect.CLOSE_LINK);
        shell.closeLink(reason);
    }

    @Override
    public void wantLink(boolean wanted) {
        coverage.effect(Effect.WANT_LINK);
        shell.wantLink(wanted);
    }

    @Override
    public void complete(
            Completion completion, long token, IoStatus status, @Nullable Payload payload) {
        coverage.effect(Effect.COMPLETE);
        shell.complete(completion, token, status, payload);
    }

    @Override
    public void serve(boolean serving, boolean continued) {
        coverage.effect(Effect.SERVE);
        shell.serve(serving, continued);
    }

    @Override
    public void dismissClients() {
        coverage.effect(Effect.DISMISS_CLIENTS);
        shell.dismissClients();
    }

    @Override
    public void releaseDisk() {
        coverage.effect(Effect.RELEASE_DISK);
        shell.releaseDisk();
    }

    @Override
    public void fencePeer(long token, long generation) {
        coverage.effect(Effect.FENCE_PEER);
        shell.fencePeer(token, generation);
    }

    @Override
    public void unfencePeer(long token) {
        coverage.effect(Effect.UNFENCE_PEER);
        shell.unfencePeer(token);
    }

    @Override
    public void prepareTarget(long token, boolean keep, boolean whole) {
        coverage.effect(Effect.PREPARE_TARGET);
        shell.prepareTarget(token, keep, whole);
    }

    @Override
    public void callHandler(Handler handler) {
        coverage.effect(Effect.CALL_HANDLER);
        shell.callHandler(handler);
    }

    @Override
    public void growDisk(
            long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {
        coverage.effect(Effect.GROW_DISK);
        shell.growDisk(token, step, volumeBytes, newBytes, zero);
    }

    @Override
    public void resized(long volumeBytes) {
        coverage.effect(Effect.RESIZED);
        shell.resized(volumeBytes);
    }

    @Override
    public void commandDone(long token, boolean accepted, String rule, String reason) {
        coverage.effect(Effect.COMMAND_DONE);
        coverage.answer(rule);
        shell.commandDone(token, accepted, rule, reason);
    }

    @Override
    public long wallClockMs() {
        return shell.wallClockMs();
    }

    @Override
    public void event(String rule, String reason) {
        coverage.effect(Effect.EVENT);
        coverage.event(rule, reason);
        coverage.states(replica.get(), states);
        shell.event(rule, reason);
    }

    @Override
    public void deadline(long atNs) {
        coverage.effect(Effect.DEADLINE);
        shell.deadline(atNs);
    }

    @Override
    public void closed() {
        coverage.effect(Effect.CLOSED);
        shell.closed();
    }
}
