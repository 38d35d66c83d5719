package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.Replica;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.handshake.HandshakeReport;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.NodeState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.core.verify.VerifyReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One node of a {@link Pair}, as a test handles it. Ranges are in blocks of 4096 bytes. */
public final class PairNode {
    private final int side;
    private final Pair pair;
    private final PairShell shell;

    PairNode(int side, Pair pair, PairShell shell) {
        this.side = side;
        this.pair = pair;
        this.shell = shell;
    }

    Pair pair() {
        return pair;
    }

    PairShell shell() {
        return shell;
    }

    /** The engine, to be read. */
    public Replica replica() {
        Replica current = shell.replica();
        if (current == null) {
            throw pair.failure(shell.name() + " is dead");
        }
        return current;
    }

    // ---- life and death

    /** Starts: the disk is attached and the peer looked for. */
    public void start() {
        shell.start();
    }

    /** The process dies; what the disk has completed stays. */
    public void kill() {
        shell.crash(false);
    }

    /** The machine dies; what is not flushed is lost. */
    public void losePower() {
        shell.crash(true);
    }

    /** Ends in order. */
    public void shutDown() {
        ask(CommandKind.SHUTDOWN);
        pair.until("a clean end", () -> shell.replica() == null);
    }

    // ---- commands

    /** Gives a command and goes on. */
    public PairCommand ask(CommandKind kind) {
        PairCommand command = new PairCommand(pair, kind.name(), pair.nextToken());
        shell.command(command, kind);
        return command;
    }

    /** Gives a command, waits, and tells by which rule it was answered. */
    public String command(CommandKind kind) {
        return ask(kind).rule();
    }

    /** Gives a command that must be carried out. */
    public void must(CommandKind kind) {
        PairCommand command = ask(kind);
        command.rule();
        if (!command.accepted()) {
            throw pair.failure(kind + " was refused: " + command.reason());
        }
    }

    /** Orders something of the online verify, and goes on. */
    public PairCommand verify(VerifyOrder order) {
        PairCommand command = new PairCommand(pair, order.toString(), pair.nextToken());
        shell.verify(command, order);
        return command;
    }

    /** Compares the whole volume, and waits for the end. */
    public VerifyReport verified(boolean repair) {
        PairCommand command = verify(VerifyOrder.start(0, 0, repair));
        if (!command.rule().equals("verify")) {
            throw pair.failure("no verify: " + command.reason());
        }
        pair.until("the end of the verify", () -> !verifyReport().running());
        return verifyReport();
    }

    /** How far the verify is, or the last one came. */
    public VerifyReport verifyReport() {
        VerifyReport report = replica().verifyReport();
        if (report == null) {
            throw pair.failure(shell.name() + " has verified nothing");
        }
        return report;
    }

    /** These blocks of its disk go bad, and nobody is told. */
    public void corrupt(int... blocks) {
        int perBlock = shell.setup().sectorsPerBlock();
        for (int block : blocks) {
            shell.disk().corrupt(block * perBlock, 0xBAD00000L + block);
        }
    }

    /** Becomes Primary. */
    public void promote() {
        must(CommandKind.PROMOTE);
    }

    /** Whether clients of before the node died could go on when it was promoted last. */
    public boolean continued() {
        return shell.continued();
    }

    /** The disk that is in the node is attached to the running node; by which rule, or not. */
    public String attach() {
        return askToAttach().rule();
    }

    /** The same, and goes on. */
    public PairCommand askToAttach() {
        PairCommand command = new PairCommand(pair, "ATTACH", pair.nextToken());
        shell.attach(command);
        return command;
    }

    /** Whether it waits for {@code fence-peer}. */
    public boolean fenceAsked() {
        return shell.fenceAsked();
    }

    /** Whether it waits for {@code unfence-peer}. */
    public boolean unfenceAsked() {
        return shell.unfenceAsked();
    }

    /** {@code fence-peer} or {@code unfence-peer} ends with this code. */
    public void fenceEnds(int exitCode) {
        shell.fenceEnds(exitCode);
    }

    /** Whether it has something to do before its data is replaced. */
    public boolean preparationAsked() {
        return shell.preparationAsked();
    }

    /** Whether that is, among others, to keep what is about to be discarded. */
    public boolean keeps() {
        return shell.keeps();
    }

    /** It has done that, or could not. */
    public void preparationEnds(boolean done) {
        shell.preparationEnds(done);
    }

    /** The rules of all that it has told. */
    public List<String> events() {
        return shell.events();
    }

    /** Which of the operator's programs have been called. */
    public List<Handler> handlers() {
        return shell.handlers();
    }

    /** How often clients of before its process were to be sent away. */
    public int dismissals() {
        return shell.dismissals();
    }

    /** From now on such clients cannot be sent away, for a reason; empty: they can. */
    public void clientsRemain(String problem) {
        shell.clientsRemain(problem);
    }

    /** Whether its process lives. */
    public boolean alive() {
        return shell.replica() != null;
    }

    /** The backing device has so many blocks more. */
    public void growDevice(int blocks) {
        shell.disk().growDevice(shell.setup().volumeBytes() + blocks * 4096L);
    }

    /** Asks for a larger volume, 0 blocks more: as large as can be. */
    public PairCommand resize(int moreBlocks, boolean assumeClean) {
        PairCommand command = new PairCommand(pair, "RESIZE", pair.nextToken());
        long bytes = moreBlocks == 0 ? 0 : shell.setup().volumeBytes() + moreBlocks * 4096L;
        shell.resize(command, new ResizeRequest(bytes, assumeClean));
        return command;
    }

    /** The process dies in this step of a resize. */
    public void diesIn(DiskGrowth.Step step) {
        shell.growth().dieIn(step);
    }

    /** This step of a resize comes to this, once. */
    public void growthComesTo(DiskGrowth.Step step, DiskGrowth result) {
        shell.growth().answer(step, result);
    }

    /** The blocks that its volume has grown by, as it is on record. */
    public int grownBlocks() {
        return (int) (shell.disk().superblock().volumeBytes() / 4096) - shell.setup().blocks();
    }

    /** Becomes Secondary. */
    public void demote() {
        must(CommandKind.DEMOTE);
    }

    // ---- clients

    /** Asks and goes on. */
    public PairRequest begin(Operation operation, int firstBlock, int blocks) {
        return begin(operation, false, firstBlock, blocks);
    }

    /** Asks and goes on. */
    public PairRequest begin(Operation operation, boolean fua, int firstBlock, int blocks) {
        int perBlock = shell.setup().sectorsPerBlock();
        int first = firstBlock * perBlock;
        int count = blocks * perBlock;
        StampPool.Stamps payload = null;
        ClientWrite write = null;
        if (operation == Operation.READ || operation == Operation.WRITE) {
            payload = shell.pool().take(count * shell.setup().sectorBytes());
        }
        long token = pair.nextToken();
        if (operation.changes()) {
            long[] stamps = payload == null ? new long[count] : payload.stamps;
            for (int i = 0; payload != null && i < count; i++) {
                stamps[i] = token << 20 | (first + i);
            }
            write = pair.content().begins(side, first, stamps);
        }
        PairRequest request = new PairRequest(this, operation, fua, first, count, token, write);
        shell.submit(request, payload);
        return request;
    }

    void answered(
            PairRequest request,
            @Nullable ClientWrite write,
            IoStatus status,
            @Nullable Payload payload) {
        shell.answered(request);
        if (write != null && status == IoStatus.OK) {
            boolean here = replica().state().diskAttached();
            boolean there = replica().state().peerUpToDate();
            pair.content().acknowledged(write, side == 0 ? here : there, side == 0 ? there : here);
        } else if (write != null) {
            pair.content().failed(write);
        } else if (payload != null) {
            requireAllowed(request, (StampPool.Stamps) payload);
        }
    }

    private void requireAllowed(PairRequest request, StampPool.Stamps read) {
        int source = replica().state().diskUpToDate() ? side : 1 - side;
        for (int i = 0; i < read.stamps.length; i++) {
            int sector = request.first() + i;
            if (!pair.content().of(source).mayRead(sector, read.stamps[i])) {
                throw new Violation(
                        "INV-04",
                        shell.name()
                                + " reads "
                                + Long.toHexString(read.stamps[i])
                                + " in sector "
                                + sector
                                + ", allowed "
                                + pair.content().of(source).describe(sector));
            }
        }
    }

    /** Writes each of these blocks, one after the other. */
    public void write(int... blocks) {
        for (int block : blocks) {
            begin(Operation.WRITE, block, 1).done();
        }
    }

    /** Reads a range; its content must be what clients were told. */
    public void read(int firstBlock, int blocks) {
        begin(Operation.READ, firstBlock, blocks).done();
    }

    /** Reads the whole volume. */
    public void readAll() {
        for (int first = 0; first < shell.setup().blocks(); first += 64) {
            read(first, Math.min(64, shell.setup().blocks() - first));
        }
    }

    /** Makes everything durable. */
    public void flush() {
        begin(Operation.FLUSH, 0, 0).done();
    }

    // ---- what is to be seen

    /** The states. */
    public NodeState state() {
        return replica().state();
    }

    /** The role. */
    public Role role() {
        return state().role();
    }

    /** The disk state. */
    public DiskState disk() {
        return state().disk();
    }

    /** Whether it is connected and mirrors, both with all the data. */
    public boolean established() {
        Replica current = shell.replica();
        return current != null
                && current.state().replication() == ReplicationState.ESTABLISHED
                && current.state().diskUpToDate()
                && current.state().peerUpToDate();
    }

    /** How many blocks the bitmap says may differ. */
    public long outOfSync() {
        return replica().bitmap().setCount();
    }

    /** Which blocks they are. */
    public Set<Integer> outOfSyncBlocks() {
        Set<Integer> blocks = new TreeSet<>();
        Bitmap bitmap = replica().bitmap();
        for (long at = bitmap.nextSet(0); at >= 0; at = bitmap.nextSet(at + 1)) {
            blocks.add((int) at);
        }
        return blocks;
    }

    /** The last handshake. */
    public HandshakeReport handshake() {
        HandshakeReport report = replica().lastHandshake();
        if (report == null) {
            throw pair.failure(shell.name() + " has decided no handshake");
        }
        return report;
    }

    /** The superblock as it is on the disk. */
    public Superblock superblock() {
        return shell.disk().superblock();
    }

    /** The generations as they are on the disk. */
    public Generations generations() {
        return superblock().generations();
    }

    /** All bytes of the metadata. */
    public byte[] metadataBytes() {
        return shell.disk().metadataBytes();
    }

    /** Waits for the next event of this rule. */
    public void untilEvent(String rule) {
        List<String> events = shell.events();
        int seen = events.size();
        pair.until(
                shell.name() + " tells of " + rule,
                () -> new ArrayList<>(events.subList(seen, events.size())).contains(rule));
    }

    // ---- the disk

    /** From now on the disk answers nothing. */
    public void hangDisk() {
        shell.disk().hang(3_600_000_000_000L);
    }

    /** It answers again, also what it was asked meanwhile. */
    public void wakeDisk() {
        shell.disk().recover();
    }

    /** Waits until the reason for the link's state has this in it. */
    public void untilReason(String part) {
        pair.until(
                shell.name() + " says " + part,
                () -> replica().state().connectionReason().contains(part));
    }

    /** The next operation of this kind fails. */
    public void failNext(DiskFault fault) {
        failNext(fault, 0);
    }

    /** The same; it takes so long until it shows. */
    public void failNext(DiskFault fault, long afterNs) {
        shell.disks().failNext(fault, afterNs);
    }

    /** From now on no operation ends, until {@link #recover}. */
    public void hang() {
        shell.disks().hang();
    }

    /** What hung goes on. */
    public void recover() {
        shell.disks().recover();
    }

    /** A block cannot be read any more until it is written. */
    public void spoil(int block) {
        shell.disks().spoil(block);
    }

    /** Whether a block can still not be read. */
    public boolean spoiled(int block) {
        return shell.disks().spoiled(block);
    }

    /** While dead: the disk holds this in every block, although its metadata knows of no data. */
    public void fill(long stamp) {
        shell.disks().fill(stamp);
    }

    /**
     * While dead or without a disk: the disk is taken out, and a new one put in, with fresh
     * metadata.
     */
    public void putBlankDisk() {
        shell.disks().putBlank();
    }

    /** While dead or without a disk: the disk that was taken out is put back. */
    public void putOldDiskBack() {
        shell.disks().putOldBack();
    }

    /**
     * While dead or without a disk: the disk is taken out, and a new one of another size put in.
     */
    public void putDiskOf(NodeSetup other) {
        shell.disks().putDiskOf(other);
    }

    /** While dead or without a disk: one that belongs to no disk of this pair is put in. */
    public void putForeignDisk() {
        shell.disks().putForeign();
    }

    /** Whether the disk has been asked for something and has not answered. */
    public boolean owes() {
        return !shell.disks().idle();
    }

    /** While dead: a slot of the superblock becomes unreadable. */
    public void damageSlot(int slot) {
        damage(shell.disk().layout().slotOffsetBytes(slot));
    }

    /** While dead: a page of the bitmap becomes unreadable. */
    public void damageBitmapPage(int page) {
        damage(shell.disk().layout().bitmapOffsetBytes(page));
    }

    /** While dead: the whole activity log becomes unreadable. */
    public void damageActivityLog() {
        for (int block = 0; block < shell.disk().layout().activityLogBlocks(); block++) {
            damage(shell.disk().layout().activityLogOffsetBytes(block));
        }
    }

    private void damage(long offsetBytes) {
        shell.disk().damageMetadata(offsetBytes, 4096);
    }
}
